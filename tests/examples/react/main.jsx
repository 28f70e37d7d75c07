import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { People } from './People.jsx';

createRoot(document.getElementById('root')).render(
  <StrictMode>
    <People src="photo.jpg" />
  </StrictMode>,
);
