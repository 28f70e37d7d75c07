// Español, de tú donde haga falta. En el orden de la página; {0}, {1} están por lo que cambia, <0>…</0> por lo que va
// destacado. Formas según el número: { one, other }.

export default {
  // Cabecera de la página
  'QueryPose – people and their poses, found in your browser': 'QueryPose – personas y sus posturas, en tu navegador',
  'finds people and how they stand': 'encuentra personas y cómo están',
  Views: 'Vistas',
  Look: 'Ver',
  Inside: 'Dentro',
  Check: 'Probar',
  Dark: 'Oscuro',
  Light: 'Claro',
  Language: 'Idioma',
  '{0} could not be fetched. Check the connection and reload the page.':
    'No se pudo cargar «{0}». Comprueba la conexión y recarga la página.',

  // Números y unidades
  '{0} %': '{0} %',
  '{0} ms': '{0} ms',
  '{0} s': '{0} s',
  '{0} min': '{0} min',
  '{0} h {1} min': '{0} h {1} min',
  '{0} px': '{0} px',
  '{0} MB': '{0} MB',
  '{0} GB': '{0} GB',
  '{0} GMAC': '{0} GMAC',
  '{0} million': '{0} millones',
  '{0} billion': '{0} mil millones',
  '{0} × {1} px': '{0} × {1} px',
  '{0} of {1}': '{0} de {1}',
  '{0}, {1}': '{0}, {1}',
  '{0}; {1}': '{0}; {1}',
  '{0} · {1}': '{0} · {1}',
  '{0}: {1}': '{0}: {1}',
  '{0} people': { one: '{0} persona', other: '{0} personas' },
  '{0} pictures': { one: '{0} imagen', other: '{0} imágenes' },
  people: { one: 'persona', other: 'personas' },
  'the processor': 'el procesador',

  // La imagen
  Picture: 'Imagen',
  'The picture': 'La imagen',
  'Arrow keys go from joint to joint and from person to person.':
    'Las flechas van de articulación en articulación y de persona en persona.',
  'Drop a picture, a video or a model here': 'Suelta aquí una imagen, un vídeo o un modelo',
  'Drop pictures and their annotations here': 'Suelta aquí imágenes y sus anotaciones',
  'Point at a joint to see its name and score.': 'Señala una articulación para ver su nombre y su puntuación.',
  'Nobody found. Move the slider to the left to see people the network is less sure of.':
    'No se encontró a nadie. Mueve el control a la izquierda para ver personas de las que la red está menos segura.',

  // Vídeo: reproducir, grabar
  Pause: 'Pausa',
  Play: 'Reproducir',
  Record: 'Grabar',
  'Stop recording': 'Parar de grabar',
  'Measure this video': 'Medir este vídeo',
  'Position in the video': 'Posición en el vídeo',
  'Recording. It is saved on this device when you stop.': 'Grabando. Se guardará en este dispositivo cuando pares.',
  'The recording was saved.': 'La grabación se guardó.',
  'Nothing was recorded.': 'No se grabó nada.',
  'Recording could not be fetched. Check the connection, then try again.':
    'No se pudo cargar la grabación. Comprueba la conexión e inténtalo de nuevo.',
  'Measuring could not be fetched. Check the connection, then try again.':
    'No se pudo cargar la medición. Comprueba la conexión e inténtalo de nuevo.',
  'The network is not there yet. Wait a moment, then measure.':
    'La red aún no está lista. Espera un momento y mide después.',

  // Carga de la red
  'Loading the network': 'Cargando la red',
  Cancel: 'Cancelar',
  'Opening the network from your last visit.': 'Abriendo la red de tu última visita.',
  'Fetching the network: {0} of {1} MB.': 'Cargando la red: {0} de {1} MB.',
  'Fetching the network: {0} MB.': 'Cargando la red: {0} MB.',
  'Reading the network: {0} of {1} MB.': 'Leyendo la red: {0} de {1} MB.',
  'Starting the network.': 'Iniciando la red.',
  'Checking the network against known answers.': 'Comparando la red con respuestas conocidas.',
  'Cancelled. {0} goes on.': 'Cancelado. Sigue {0}.',
  '{0} {1} goes on working.': '{0} Sigue funcionando {1}.',
  'This could not be opened ({0}). Try it again.': 'No se pudo abrir ({0}). Inténtalo otra vez.',
  'not running': 'no funciona',

  // Fuente
  Controls: 'Controles',
  Source: 'Fuente',
  'Sample pictures': 'Imágenes de ejemplo',
  'Three people side by side': 'Tres personas una al lado de otra',
  'Cyclists and those who greet them': 'Ciclistas y quienes los saludan',
  'Person {0}: {1}, {2}': 'Persona {0}: {1}, {2}',
  'Another tab has this page open. Close it, then press again.':
    'Otra pestaña tiene esta página abierta. Ciérrala y pulsa otra vez.',
  'A street in India': 'Una calle de la India',
  'Eileen Collins, astronaut': 'Eileen Collins, astronauta',
  'Grace Hopper, computer scientist': 'Grace Hopper, informática',
  'A photographer at work': 'Un fotógrafo trabajando',
  'The crew of Apollo 11': 'La tripulación del Apolo 11',
  'Two women with telephones': 'Dos mujeres con teléfonos',
  Camera: 'Cámara',
  Video: 'Vídeo',
  Stop: 'Parar',
  'Use the camera': 'Usar la cámara',
  'Stop the camera': 'Apagar la cámara',
  'Choose a picture file': 'Elegir un archivo de imagen',
  'Choose a video file': 'Elegir un archivo de vídeo',
  'Like a mirror (files are not)': 'Como un espejo (los archivos no)',
  'Or drop a file here, or paste one. Your pictures stay on this device.':
    'O suelta aquí un archivo, o pégalo. Tus imágenes no salen de este dispositivo.',
  'The clipboard holds no picture. Copy one, then paste it here.':
    'No hay ninguna imagen en el portapapeles. Copia una y pégala aquí.',

  // Personas
  People: 'Personas',
  'Show from <0/> sure': 'Mostrar desde <0/> de seguridad',
  Steady: 'Tranquilo',
  Quick: 'Rápido',
  steady: 'tranquilo',
  quick: 'rápido',
  'in between': 'intermedio',
  'How joints follow, from steady to quick': 'Cómo siguen las articulaciones, de tranquilo a rápido',
  'What is drawn': 'Qué se dibuja',
  Skeletons: 'Esqueletos',
  Joints: 'Articulaciones',
  Boxes: 'Cajas',
  joints: 'ver más',
  close: 'cerrar',
  'Person {0}': 'Persona {0}',
  'Save PNG': 'Bajar PNG',
  'Save COCO JSON': 'Bajar COCO JSON',
  'The picture with its people, never mirrored': 'La imagen con sus personas, nunca reflejada',
  'The people as a COCO results list, in pixels of the picture, never mirrored':
    'Las personas como lista de resultados COCO, en píxeles de la imagen, nunca reflejadas',
  // Para lectores de pantalla
  'No people found.': 'No se encontró a nadie.',
  '{0} in view.': '{0} a la vista.',
  '{0} people found.': { one: '{0} persona encontrada.', other: '{0} personas encontradas.' },
  '{0} {1}.': '{0} {1}.',
  'on the left': 'a la izquierda',
  'on the right': 'a la derecha',
  'in the middle': 'en el centro',
  '{0}, {1}, {2} sure, {3} of {4} joints clear': '{0}, {1}, {2} de seguridad, {3} de {4} articulaciones claras',
  'and {0} more': 'y {0} más',

  // Motor
  Engine: 'Motor',
  Model: 'Modelo',
  'Size of the picture it looks at': 'Tamaño de la imagen que mira',
  'its own': 'el suyo',
  'what keeps up': 'el que da tiempo',
  'what keeps up · now {0} px': 'el que da tiempo · ahora {0} px',
  'what suits people': 'el que conviene a las personas',
  'suits people · now {0} px': 'conviene a las personas · ahora {0} px',
  'Runs on': 'Funciona en',
  Before: 'Antes',
  Network: 'Red',
  After: 'Después',
  'Shown after': 'Se ve tras',
  'From the moment a frame was taken, or due, until it is drawn with its people':
    'Desde que el fotograma se tomó, o tocaba, hasta que se dibuja con sus personas',
  'Looks at': 'Mira a',
  'Pictures a second': 'Imágenes por segundo',
  '{0} px, for people so near': '{0} px, por estar tan cerca',
  '{0} px, to keep up': '{0} px, para dar tiempo',
  '{0} px, after a glance at {1} px': '{0} px, tras un vistazo a {1} px',
  'Run it on': 'Calcular en',
  'what is faster': 'lo más rápido',
  'About this model': 'Sobre este modelo',
  '1 GMAC is a billion multiplications. AP says how right a network is, from 0 to 100.':
    '1 GMAC son mil millones de multiplicaciones. AP dice cuánto acierta una red, de 0 a 100.',
  'Forget its file': 'Olvidar su archivo',
  'Your own model': 'Tu propio modelo',
  'A QueryPose you trained or downloaded: a .safetensors or .pth file, or a folder with its config.json. Drop it on the page, or choose it. It stays on this device.':
    'Un QueryPose que entrenaste o descargaste: un archivo .safetensors o .pth, o una carpeta con su config.json. Suéltalo en la página o elígelo. No sale de este dispositivo.',
  File: 'Archivo',
  Folder: 'Carpeta',
  "Choose a model's file": 'Elegir el archivo de un modelo',
  "Choose a model's folder": 'Elegir la carpeta de un modelo',
  'Use the new version of this page': 'Usar la nueva versión de esta página',
  'This page is kept on this device and works without a network.':
    'Esta página está guardada en este dispositivo y funciona sin conexión.',
  'This page could not be kept on this device: it works only with a network.':
    'Esta página no se pudo guardar en este dispositivo: solo funciona con conexión.',
  // Sobre el modelo
  'Learned numbers': 'Números aprendidos',
  '{0}, kept on this device': '{0}, guardado en este dispositivo',
  '{0}, until you close the page': '{0}, hasta que cierres la página',
  Sees: 'Ve',
  Work: 'Trabajo',
  Memory: 'Memoria',
  '{0} in the page': '{0} en la página',
  '{0} in the page, {1} in the graphics device': '{0} en la página, {1} en el dispositivo gráfico',
  Accuracy: 'Acierto',
  '{0} AP on {1}, {2}': '{0} AP en {1}, {2}',
  '{0} AP on {1}, published for the official weights, {2}': '{0} AP en {1}, publicado para los pesos oficiales, {2}',
  Settings: 'Ajustes',
  'read off the file; 8 heads and pictures of {0} px are assumed':
    'leídos del archivo; se suponen 8 cabezas e imágenes de {0} px',
  Unused: 'Sin usar',
  'Tensors of the file that are not part of the network: {0}': 'Tensores del archivo que no son parte de la red: {0}',

  // De qué trata un error cuya frase solo está en inglés
  'About the picture': 'Sobre la imagen',
  'About the video': 'Sobre el vídeo',
  'About the camera': 'Sobre la cámara',
  'About the model': 'Sobre el modelo',
  'About the graphics device': 'Sobre el dispositivo gráfico',
  'About the engine': 'Sobre el motor',
  'About what was asked for': 'Sobre lo pedido',

  // Medir vídeos
  Measuring: 'Medición',
  'Measuring the video': 'Midiendo el vídeo',
  'Measuring, frame by frame. Everything stays on this device.':
    'Midiendo, fotograma a fotograma. Todo queda en este dispositivo.',
  'Opening the video.': 'Abriendo el vídeo.',
  'Frame {0}': 'Fotograma {0}',
  'Frame {0}, {1} a second, {2} left': 'Fotograma {0}, {1} por segundo, faltan {2}',
  '{0} people followed': { one: '{0} persona seguida', other: '{0} personas seguidas' },
  'Measured {0} frames, {1}. The end is missing: the file says {2} s, its last frame is at {3} s.':
    '{0} fotogramas medidos, {1}. Falta el final: el archivo indica {2} s y su último fotograma está en {3} s.',
  'Measured {0} frames, {1}.': 'Medidos {0} fotogramas, {1}.',
  'Stopped after {0} frames, {1}.': 'Parado tras {0} fotogramas, {1}.',
  'Nothing was measured.': 'No se midió nada.',
  '{0} What was measured until then, {1} frames, is below.':
    '{0} Lo medido hasta entonces, {1} fotogramas, está abajo.',
  Person: 'Persona',
  Show: 'Mostrar',
  Joint: 'Articulación',
  'angle at a joint': 'ángulo de una articulación',
  'speed of a joint': 'velocidad de una articulación',
  'path of a joint': 'recorrido de una articulación',
  angle: 'ángulo',
  speed: 'velocidad',
  path: 'recorrido',
  px: 'px',
  'px per second': 'px por segundo',
  '{0}, in {1} frames': '{0}, en {1} fotogramas',
  'Person {0} {1} {2}': 'Persona {0}, {1}: {2}',
  '{0}, in sight in {1} of {2} frames': '{0}, visible en {1} de {2} fotogramas',
  '{0}, from {1} to {2} {3}': '{0}, de {1} a {2} {3}',
  '{0}°': '{0}°',
  '{0} px per second': '{0} px por segundo',
  'not in sight': 'no visible',
  'Choose a place to see its frame as it was measured.': 'Elige un punto para ver su fotograma medido.',
  'Frame {0}, as it was measured.': 'Fotograma {0}, tal como se midió.',
  Plot: 'Gráfica',
  Close: 'Cerrar',
  'Plot as PNG': 'Gráfica en PNG',
  'Plot as CSV': 'Gráfica en CSV',
  'Everything as CSV': 'Todo en CSV',
  'Everything as COCO JSON': 'Todo en COCO JSON',

  // Por dentro: barra y recorrido
  'Your picture': 'Tu imagen',
  Stage: 'Etapa',
  stage: 'etapa',
  'Stage {0}': 'Etapa {0}',
  'Picture, person and stage': 'Imagen, persona y etapa',
  Tour: 'Visita',
  'A walk through the figures (T; N and P step)': 'Un paseo por las figuras (T; N y P, paso a paso)',
  Classroom: 'Clase',
  'Full screen and large type (C)': 'Pantalla completa y letra grande (C)',
  'Classroom view': 'Vista para la clase',
  Leave: 'Salir',
  'Leave the classroom view': 'Salir de la vista para la clase',
  Back: 'Atrás',
  'Step back': 'Un paso atrás',
  'Pause or go on': 'Parar o seguir',
  Next: 'Siguiente',
  'Next step': 'Paso siguiente',
  End: 'Fin',
  'End the tour': 'Terminar la visita',
  '{0} of {1}: {2}': '{0} de {1}: {2}',
  'In words': 'En palabras',
  'The figures are drawn as soon as the network is here.': 'Las figuras se dibujan en cuanto llegue la red.',
  'Live from {0}, {1}.': 'En vivo desde {0}, {1}.',
  'Live from {0}, {1}: a glance at {2} px, then this look at {3} px.':
    'En vivo desde {0}, {1}: un vistazo a {2} px y luego esta mirada a {3} px.',
  'A stored run of this picture, of its surest people; the live one follows.':
    'Un cálculo guardado de esta imagen, con sus personas más seguras; enseguida llega el de verdad.',
  '{0} Nobody passes the threshold here; shown is the query that comes nearest.':
    '{0} Aquí nadie supera el umbral; se muestra la consulta que más se acerca.',

  // Por dentro: introducción
  'Inside: how the network finds people': 'Por dentro: cómo la red encuentra personas',
  'Most pose networks paint heat maps and search them for peaks. QueryPose asks questions instead: a handful of <0>queries</0>, each with a box, walk over the picture and become people. Every number below comes out of one run of the network on this very picture. Touch everything.':
    'Casi todas las redes de posturas pintan mapas de calor y buscan en ellos los picos. QueryPose, en cambio, hace preguntas: un puñado de <0>consultas</0> (queries), cada una con su caja, recorre la imagen y se convierte en personas. Cada número de aquí sale de un solo cálculo de la red con esta misma imagen. Tócalo todo.',

  // Figura 1
  'Before anything is seen': 'Antes de ver nada',
  'The network starts with a fixed set of boxes, the <0>proposals</0>, and one list of numbers for each, its <1>query</1>. Both were learned in training. They do not depend on the picture: here is where people tend to be in photos.':
    'La red empieza con unas cajas fijas, las <0>propuestas</0> (proposals), y una lista de números para cada una, su <1>consulta</1> (query). Todo se aprendió en el entrenamiento. No depende de la imagen: aquí es donde suele haber personas en las fotos.',
  'Centre, width and height are shares of the picture, so the same boxes fit every photo.':
    'El centro, el ancho y el alto son partes de la imagen, así que las mismas cajas sirven para cualquier foto.',
  'Why are there many large boxes, and few in the corners?':
    '¿Por qué hay muchas cajas grandes y pocas en las esquinas?',
  'An empty frame': 'Marco vacío',
  'On this picture': 'Sobre esta imagen',
  'The boxes the network starts from': 'Las cajas con las que empieza la red',
  'Behind the boxes': 'Detrás de las cajas',
  '{0} boxes, learned once, the same for every picture. Point at one.':
    '{0} cajas, aprendidas una vez, las mismas para toda imagen. Señala una.',
  '{0} boxes. Half of them cover less than {1} of the picture; the smallest {2}, the largest {3}.':
    '{0} cajas. La mitad cubre menos del {1} de la imagen; la menor {2}, la mayor {3}.',
  'query {0}': 'consulta {0}',
  'Query {0} starts around {1} from the left, {2} from the top, {3} wide and {4} high. On this picture it ends with the score {5}.':
    'La consulta {0} empieza a {1} de la izquierda y {2} de arriba, con {3} de ancho y {4} de alto. En esta imagen termina con la puntuación {5}.',

  // Figura 2
  'Boxes walk to people': 'Las cajas van hacia las personas',
  'In each stage the queries talk to one another; then each looks at what its box shows, and moves the box a little. It also says how good it takes its answer to be: the <0>score</0>. Boxes on nothing fade; boxes on people grow surer.':
    'En cada etapa las consultas hablan entre sí; después cada una mira lo que muestra su caja y la mueve un poco. También dice cuán buena cree que es su respuesta: la <0>puntuación</0> (score). Las cajas sobre nada se apagan; las que están sobre personas ganan seguridad.',
  'Click a person to see the path of its box (dashed) and its <0>rivals</0>, the queries that ended on the same person. One wins because training, in the end, rewards one query a person. Other detectors must delete doubles afterwards; this one need not, though now and then a double gets through.':
    'Haz clic en una persona para ver el camino de su caja (a trazos) y sus <0>rivales</0>, las consultas que acaban en la misma persona. Gana una porque el entrenamiento, al final, premia una consulta por persona. Otros detectores deben borrar después los dobles; este no, aunque de vez en cuando se cuela uno.',
  'At which stage can you tell who will win?': '¿En qué etapa se sabe quién ganará?',
  'Boxes and poses, stage by stage': 'Cajas y posturas, etapa por etapa',
  'before the first stage': 'antes de la primera etapa',
  'after stage {0} of {1}': 'tras la etapa {0} de {1}',
  'Score after each stage of the queries that end on this person':
    'Puntuación tras cada etapa de las consultas que acaban en esta persona',
  Query: 'Consulta',
  Overlap: 'Solape',
  'What became of it': 'Qué fue de ella',
  'won: person {0}': 'ganó: persona {0}',
  'comes nearest: its score is below {0}': 'la más cercana: su puntuación está por debajo de {0}',
  'kept too: the network sees another person, or a double': 'también se queda: la red ve otra persona, o una doble',
  'lost: its score is below {0}': 'perdió: su puntuación está por debajo de {0}',
  'lost: with its unsure joints it stays below {0}': 'perdió: con sus articulaciones inseguras queda por debajo de {0}',
  'No other query ends on this person.': 'Ninguna otra consulta acaba en esta persona.',
  'Query {0}: {1}.': 'Consulta {0}: {1}.',
  'at the start the box spans {0} px, overlapping its last box by {1}':
    'al principio la caja ocupa {0} px y coincide un {1} con la última',
  'after stage {0} the box spans {1} px with score {2}, overlapping its last box by {3}':
    'tras la etapa {0} la caja ocupa {1} px con puntuación {2} y coincide un {3} con la última',

  // Figura 3
  'Where each part looks': 'Adónde mira cada parte',
  'A person is read as seven <0>parts</0>: face, shoulders, arms, hips, legs. In each stage the network cuts the person’s box out of its features, and each part lays its own map of weights over the box. Bright cells count, dark cells do not. The paper calls this SPEGM.':
    'Una persona se lee como siete <0>partes</0>: cara, hombros, brazos, caderas, piernas. En cada etapa la red recorta de sus rasgos (features) la caja de la persona, y cada parte pone encima su propio mapa de pesos. Las celdas claras cuentan, las oscuras no. El artículo lo llama SPEGM.',
  'All weights of a map sum to one. The curve tells how widely each part looks: <0>entropy</0> in bits. Low means that it knows where to look.':
    'Todos los pesos de un mapa suman uno. La curva dice cuán ampliamente mira cada parte: la <0>entropía</0> en bits. Baja significa que sabe adónde mirar.',
  'Do the arms of a person with crossed arms look at one place or two?':
    'Si alguien cruza los brazos, ¿miran sus brazos a un sitio o a dos?',
  Part: 'Parte',
  Parts: 'Partes',
  face: 'cara',
  'left arm': 'brazo izquierdo',
  'right arm': 'brazo derecho',
  'left leg': 'pierna izquierda',
  'right leg': 'pierna derecha',
  'Where the chosen part looks': 'Adónde mira la parte elegida',
  'Stage {0}, {1} ({2}). Point at a joint to choose its part, at a cell to read its weight.':
    'Etapa {0}, {1} ({2}). Señala una articulación para elegir su parte, o una celda para leer su peso.',
  'Stage {0}, {1}: the weight here is {2}, {3} times the even share.':
    'Etapa {0}, {1}: aquí el peso es {2}, {3} veces lo que tocaría por igual.',
  'Entropy of each part’s map over the stages': 'Entropía del mapa de cada parte a lo largo de las etapas',
  'Entropy of each part’s map, bits': 'Entropía del mapa de cada parte, en bits',
  'everywhere alike': 'todo por igual',
  '{0}: most at row {1}, column {2} of {3} (entropy {4} bits)':
    '{0}: sobre todo a la fila {1}, columna {2} de {3} (entropía {4} bits)',
  'Person {0}, stage {1}, where each part looks: {2}. Looking everywhere alike would be {3} bits.':
    'Persona {0}, etapa {1}, adónde mira cada parte: {2}. Mirar a todas partes por igual serían {3} bits.',

  // Figura 4
  'How much is new, how much is remembered': 'Cuánto es nuevo, cuánto es recuerdo',
  'Each part now has two things: what it saw just now, E, and what it knew from the stage before, Q. SIM mixes them number by number with two <0>gates</0> between 0 (shut) and 1 (open). A cell of a strip is one gate; the darker or stronger its colour, the more open it is.':
    'Cada parte tiene ahora dos cosas: lo que acaba de ver, E, y lo que sabía de la etapa anterior, Q. SIM las mezcla número a número con dos <0>compuertas</0> (gates) entre 0 (cerrada) y 1 (abierta). Cada celda de una tira es una compuerta; cuanto más fuerte el color, más abierta.',
  'Force the gates: with only the memory, the network never looks into the box and guesses the same body for everybody.':
    'Fuerza las compuertas: solo con la memoria, la red nunca mira dentro de la caja y adivina el mismo cuerpo para todos.',
  'Which parts trust their eyes, which their memory?': '¿Qué partes se fían de sus ojos y cuáles de su memoria?',
  Gates: 'Compuertas',
  'Gates by part': 'Compuertas por partes',
  'New look  g₁': 'Mirada nueva  g₁',
  'Memory  g₂': 'Memoria  g₂',
  'new look': 'mirada nueva',
  memory: 'memoria',
  '{0}: {1} gates, mean {2}': '{0}: {1} compuertas, media {2}',
  'As learned': 'Como se aprendió',
  'Only new': 'Solo lo nuevo',
  'Only old': 'Solo lo viejo',
  'No gates': 'Sin compuertas',
  'Force the gates to see what they are for. The decoder runs again.':
    'Fuerza las compuertas para ver para qué sirven. El decodificador vuelve a calcular.',
  'The decoder runs again …': 'El decodificador vuelve a calcular …',
  'The decoder runs again as soon as the network is here.':
    'El decodificador vuelve a calcular en cuanto llegue la red.',
  'The memory is shut out: each stage starts again from what it sees.':
    'La memoria queda fuera: cada etapa empieza de nuevo con lo que ve.',
  'Nothing new comes in: the network answers without having looked inside the box.':
    'No entra nada nuevo: la red responde sin haber mirado dentro de la caja.',
  'SIM is skipped: look and memory are added as they are.': 'SIM se salta: mirada y memoria se suman tal cual.',
  'The joints move by {0} of the box’s height on average.':
    'Las articulaciones se mueven de media un {0} del alto de la caja.',
  'Nobody passes the threshold any more.': 'Ya nadie supera el umbral.',
  '{0}: {1} of the new look, {2} of the memory': '{0}: {1} de la mirada nueva, {2} de la memoria',
  'Stage {0}, mean gates: {1}.': 'Etapa {0}, media de las compuertas: {1}.',

  // Figuras 5 y 6
  'Parts listen to each other': 'Las partes se escuchan',
  'A hidden wrist can be guessed from a shoulder. So the seven parts of one person exchange what they know, by <0>attention</0>: each row of the square says how much one part takes from the others. A row sums to one.':
    'Una muñeca oculta se puede adivinar por un hombro. Por eso las siete partes de una persona intercambian lo que saben, mediante <0>atención</0> (attention): cada fila del cuadrado dice cuánto toma una parte de las demás. Una fila suma uno.',
  'Shown is the mean over all heads of the attention.':
    'Se muestra la media de todas las cabezas (heads) de la atención.',
  'Is there a part that everybody listens to?': '¿Hay una parte a la que todas escuchan?',
  'Part-to-part attention': 'Atención de parte a parte',
  itself: 'sí misma',
  '“{0}”': '«{0}»',
  '{0}: most to {1} ({2})': '{0}: sobre todo a {1} ({2})',
  'Stage {0}: {1}.': 'Etapa {0}: {1}.',
  'Stage {0}, whom each part listens to: {1}.': 'Etapa {0}, a quién escucha cada parte: {1}.',
  'Stage {0}. The arrows show what “{1}” listens to; point at a cell to see one pair.':
    'Etapa {0}. Las flechas muestran a qué escucha «{1}»; señala una celda para ver una pareja.',
  'Stage {0}: “{1}” takes {2} of what is heard from {3}; an even share would be {4}.':
    'Etapa {0}: «{1}» toma {2} de lo que oye de {3}; por igual sería {4}.',
  'Queries listen to each other': 'Las consultas se escuchan',
  'The queries of the whole picture talk as well, before they look. This is how they come to agree who takes which person: the formula is that of the parts, only the square is larger. (The shipped network also counts how much two boxes overlap, times a learned weight.) Rows and columns are sorted by final score, so the winners stand at the top and on the left.':
    'También hablan las consultas de toda la imagen, antes de mirar. Así acuerdan quién se queda con qué persona: la fórmula es la de las partes, solo que el cuadrado es mayor. (La red incluida cuenta además cuánto se solapan dos cajas, por un peso aprendido.) Filas y columnas van por puntuación final, así que las ganadoras están arriba y a la izquierda.',
  'Does a winner listen to its rivals, or to other winners?':
    '¿Una ganadora escucha a sus rivales o a otras ganadoras?',
  'Query-to-query attention': 'Atención de consulta a consulta',
  'A row for each query that listens, a column for each it listens to; the surest first.':
    'Una fila por cada consulta que escucha, una columna por cada una escuchada; la más segura primero.',
  'person {0}': 'persona {0}',
  'person {0} (query {1}) listens most to {2} ({3})': 'la persona {0} (consulta {1}) escucha sobre todo a {2} ({3})',
  'Stage {0}. The boxes that {1} listens to, the thicker the more. Point at a cell to see one pair.':
    'Etapa {0}. Las cajas a las que escucha {1}: cuanto más gruesas, más. Señala una celda para ver una pareja.',
  'Stage {0}: {1} ({2} sure in the end) takes {3} of what it hears from {4}; an even share would be {5}.':
    'Etapa {0}: {1} (al final {2} de seguridad) toma {3} de lo que oye de {4}; por igual sería {5}.',

  // Figura 7
  'How sure': 'Cuán segura',
  'For each joint the network answers with a place and with a spread, across and down: <0>σ</0>. It was never told σ; it learned it, because wrong and sure costs more than wrong and unsure. So σ says which joints are surer than others. As a length it is too careful: most joints of the shipped network lie far within it.':
    'Para cada articulación la red responde con un lugar y con una dispersión, a lo ancho y a lo alto: <0>σ</0>. Nadie le dijo σ; la aprendió porque equivocarse con seguridad cuesta más que equivocarse con dudas. Así, σ dice qué articulaciones son más seguras que otras. Como longitud es demasiado prudente: la mayoría de las articulaciones de la red incluida quedan muy dentro de ella.',
  'joint score = 1 − (σ<0>x</0> + σ<1>y</1>) / 2': 'puntuación de la articulación = 1 − (σ<0>x</0> + σ<1>y</1>) / 2',
  'Cover a part of the person with the brush. The network looks at the covered picture, the ellipses grow, the joints wander to where such a body would have them.':
    'Tapa una parte de la persona con el pincel. La red mira la imagen tapada, las elipses crecen, las articulaciones se van adonde un cuerpo así las tendría.',
  'Cover one knee: which other joints become unsure?':
    'Tapa una rodilla: ¿qué otras articulaciones se vuelven inseguras?',
  'Joints with the spread the network expects; paint to cover':
    'Articulaciones con la dispersión que la red espera; pinta para tapar',
  'Part to cover': 'Parte que se tapa',
  'Cover it': 'Tapar',
  Uncover: 'Destapar',
  'Looking again …': 'Mirando otra vez …',
  'σ of each joint: before ▏ and now': 'σ de cada articulación: antes ▏ y ahora',
  'σ of each joint, the least sure first': 'σ de cada articulación, la menos segura primero',
  '{0}: spread {1} of the box': '{0}: dispersión {1} de la caja',
  '{0} {1} across, {2} down': '{0} {1} a lo ancho, {2} a lo alto',
  'Spread in parts of the box, the least sure first: {0}.':
    'Dispersión en partes de la caja, la menos segura primero: {0}.',
  'The network looks again as soon as it is here.': 'La red vuelve a mirar en cuanto llegue.',
  'Covered like this, nobody is found here any more.': 'Así tapada, aquí ya no se encuentra a nadie.',
  'The mean σ goes from {0} to {1} of the box; most for the {2}, times {3}. The white lines show where the joints wandered.':
    'La σ media va de {0} a {1} de la caja; sobre todo en «{2}», por {3}. Las líneas blancas muestran adónde fueron las articulaciones.',
  'Each ellipse reaches one σ to each side; the surer the joint, the stronger its line. Paint over the person, or choose a part to cover, and the network looks again.':
    'Cada elipse llega una σ hacia cada lado; cuanto más segura la articulación, más fuerte su línea. Pinta sobre la persona o elige una parte para tapar, y la red vuelve a mirar.',

  // Figura 8
  'What if': 'Y si…',
  'To learn what a part is good for, take it away. Each card is the same network on the same picture with one thing switched off; the grey skeleton is the answer as learned. The cost stands below in milliseconds on this device and in GMAC, billions of multiplications. A switch can make the run dearer: where the network is less strict, more queries pass and each costs a pose.':
    'Para saber para qué sirve una parte, quítala. Cada tarjeta es la misma red con la misma imagen y una cosa apagada; el esqueleto gris es la respuesta aprendida. El coste está debajo, en milisegundos en este dispositivo y en GMAC, miles de millones de multiplicaciones. Un cambio puede encarecer el cálculo: si la red es menos estricta, pasan más consultas y cada una cuesta una postura.',
  '<0>Decode all</0> changes nothing but the cost. A person’s score is the box’s score; some networks, the paper’s among them, multiply it by the mean joint score, which only lowers it. So a query below the threshold can be left out before its pose is decoded:':
    '<0>Decodificar todas</0> solo cambia el coste. La puntuación de una persona es la de su caja; algunas redes, como la del artículo original, la multiplican por la media de las articulaciones, lo que solo la baja. Así, una consulta bajo el umbral se puede descartar antes de decodificar su postura:',
  's<0>person</0> ≤ s': 's<0>persona</0> ≤ s',
  'Which switch hurts most on your own picture?': '¿Qué cambio hace más daño en tu propia imagen?',
  'Stop after stage {0}': 'Parar tras la etapa {0}',
  'Skip SIM': 'Saltar SIM',
  'Only the new look': 'Solo la mirada nueva',
  'Only the memory': 'Solo la memoria',
  'Parts look everywhere alike': 'Las partes miran todo por igual',
  'Decode all queries': 'Decodificar todas las consultas',
  'Run them all': 'Calcular todas',
  'Press a case to run it, or run them all.': 'Pulsa una tarjeta para calcularla, o calcúlalas todas.',
  'The cases run as soon as the network is here.': 'Las tarjetas se calculan en cuanto llegue la red.',
  'not run yet': 'aún sin calcular',
  '{0} poses decoded': { one: '{0} postura decodificada', other: '{0} posturas decodificadas' },
  'joints {0} away': 'articulaciones a {0}',
  'person lost': 'persona perdida',
  'joints {0} of the box’s height away': 'articulaciones a {0} del alto de la caja',
  'the person is lost': 'la persona se pierde',

  // Figura 9
  'What it costs': 'Lo que cuesta',
  'One bar is one look, from pixels to people; a glance before it, where there was one, is not in it. Seeing (backbone and pyramid) costs the same for every picture of a size; poses cost for each person. Decoding only those worth it is what makes the network run in a browser.':
    'Una barra es una mirada, de píxeles a personas; el vistazo anterior, si lo hubo, no está en ella. Ver (columna y pirámide) cuesta lo mismo en toda imagen de un tamaño; las posturas cuestan por persona. Decodificar solo las que valen la pena es lo que permite que la red funcione en un navegador.',
  'From how many people on would the poses cost more than the seeing?':
    '¿A partir de cuántas personas costarían más las posturas que ver?',
  Unit: 'Unidad',
  Multiplications: 'Multiplicaciones',
  'Milliseconds here': 'Milisegundos aquí',
  Backbone: 'Columna (backbone)',
  Pyramid: 'Pirámide',
  'Box stages': 'Etapas de cajas',
  Choice: 'Elección',
  'Pose stages': 'Etapas de posturas',
  'On demand: {0} poses': { one: 'A demanda: {0} postura', other: 'A demanda: {0} posturas' },
  'All {0} queries': 'Las {0} consultas',
  'Measuring on this device …': 'Midiendo en este dispositivo …',
  'Measured as soon as the network is here.': 'Se mide en cuanto llegue la red.',
  'Decoding on demand does the same for {0} times less.': 'Decodificar a demanda hace lo mismo por {0} veces menos.',
  '{0}, {1}: {2}': '{0}, {1}: {2}',
  '{0}, {1}: {2}, {3} of the whole.': '{0}, {1}: {2}, {3} del total.',
  '{0} {1}': '{0} {1}',
  '{0}.': '{0}.',
  '{0}. {1}': '{0}. {1}',
  '{0}. {1}.': '{0}. {1}.',

  // Para una clase
  'For a class': 'Para una clase',
  '<0>Who wins?</0> Go to stage 1 in figure 2. From the scores in its table alone, before pointing at a row, write down for each person which query will win. Play on. How often were you right, and what did the rivals do with their boxes after they had lost?':
    '<0>¿Quién gana?</0> Ve a la etapa 1 en la figura 2. Solo por las puntuaciones de la tabla, antes de señalar una fila, apunta para cada persona qué consulta ganará. Sigue reproduciendo. ¿Cuántas veces acertaste, y qué hicieron las rivales con sus cajas tras perder?',
  '<0>Eyes or memory?</0> Choose a person whose legs cannot be seen. Where do the legs look in figure 3? Force <1>Only old</1> and <2>Only new</2> in figure 4: which parts are seen, which are guessed?':
    '<0>¿Ojos o memoria?</0> Elige a una persona cuyas piernas no se vean. ¿Adónde miran las piernas en la figura 3? Fuerza <1>Solo lo viejo</1> y <2>Solo lo nuevo</2> en la figura 4: ¿qué partes se ven y cuáles se adivinan?',
  '<0>Cover the evidence.</0> In figure 7, cover an elbow, then the arm, then the face. Note the mean σ each time. Find the smallest patch that makes the person disappear, and explain it with the formula of figure 8.':
    '<0>Tapa las pistas.</0> En la figura 7, tapa un codo, luego el brazo, luego la cara. Apunta cada vez la σ media. Busca la mancha más pequeña que haga desaparecer a la persona y explícala con la fórmula de la figura 8.',
  'The sample and all switches are in the address of this page: send it, and others see the same; what you painted, and pictures of your own, stay with you. Keys: N and P step through the figures, T starts the tour, C enlarges the type for a classroom.':
    'El ejemplo y todos los interruptores están en la dirección de esta página: envíala y otros verán lo mismo; lo pintado y las imágenes propias se quedan contigo. Teclas: N y P pasan las figuras, T empieza la visita, C agranda la letra para una clase.',

  // Comprobar: imágenes y anotaciones
  'How right is it?': '¿Cuánto acierta?',
  'Give the network pictures on which people marked every person and joint by hand, and see how often it says the same. It is counted as COCO counts. Pictures, annotations and results stay on this device.':
    'Da a la red imágenes en las que alguien marcó a mano cada persona y cada articulación, y mira cuántas veces dice lo mismo. Se cuenta como en COCO. Imágenes, anotaciones y resultados no salen de este dispositivo.',
  'Pictures and annotations': 'Imágenes y anotaciones',
  'Drop a folder of pictures and its annotations here: a .json file in COCO’s format, with people and their keypoints, such as person_keypoints_val2017.json. Or choose them:':
    'Suelta aquí una carpeta de imágenes y sus anotaciones: un archivo .json con el formato de COCO, con personas y sus puntos clave (keypoints), como person_keypoints_val2017.json. O elígelos:',
  'Folder of pictures': 'Carpeta de imágenes',
  Pictures: 'Imágenes',
  Annotations: 'Anotaciones',
  'Choose a folder of pictures': 'Elegir una carpeta de imágenes',
  'Choose pictures': 'Elegir imágenes',
  'Choose a file of annotations': 'Elegir un archivo de anotaciones',
  'Which ones': 'Cuáles',
  'Reading the list of files.': 'Leyendo la lista de archivos.',
  'Reading {0}.': 'Leyendo {0}.',
  'There are no files in this folder. Drop one with pictures and their annotations.':
    'No hay archivos en esta carpeta. Suelta una con imágenes y sus anotaciones.',
  'There are no pictures here. Drop a folder of pictures and their annotations.':
    'Aquí no hay imágenes. Suelta una carpeta de imágenes y sus anotaciones.',
  'The annotations are read as soon as the network is here.': 'Las anotaciones se leen en cuanto llegue la red.',
  '{0} pictures are here.': { one: 'Hay {0} imagen.', other: 'Hay {0} imágenes.' },
  '{0} Now the annotations: a .json file that says who is where on them.':
    '{0} Ahora las anotaciones: un archivo .json que diga quién está dónde.',
  '{0}: {1} with {2}.': '{0}: {1} con {2}.',
  'Not here: {0} of them. They count as if nobody had been found there.':
    'Faltan: {0}. Cuentan como si no se hubiera encontrado a nadie.',
  'None of its pictures is here, the first would be {0}. Drop or choose the folder that holds them.':
    'No está ninguna de sus imágenes, la primera sería {0}. Suelta o elige la carpeta que las contiene.',
  'Now its pictures: drop or choose the folder that holds them.':
    'Ahora sus imágenes: suelta o elige la carpeta que las contiene.',
  'Ready: {0} to look at.': 'Listo: {0} por mirar.',

  // Comprobar: el proceso
  'The check': 'La comprobación',
  'its own, {0} px': 'el suyo, {0} px',
  Start: 'Empezar',
  'Check again': 'Comprobar otra vez',
  'Go on': 'Seguir',
  'Going on.': 'Sigue.',
  'Pictures looked at': 'Imágenes miradas',
  'Looking at {0}.': 'Mirando {0}.',
  '{1} of {0} pictures': { one: '{1} de {0} imagen', other: '{1} de {0} imágenes' },
  '{0} left': 'faltan {0}',
  '{0} could not be read': '{0} no se pudieron leer',
  'Paused after {1} of {0} pictures.': {
    one: 'En pausa tras {1} de {0} imagen.',
    other: 'En pausa tras {1} de {0} imágenes.',
  },
  '{0} It waited while you were elsewhere.': '{0} Esperó mientras estabas en otra vista.',
  'Cancelled after {0} pictures.': { one: 'Cancelado tras {0} imagen.', other: 'Cancelado tras {0} imágenes.' },
  'The check was ended after {0} pictures.': {
    one: 'La comprobación terminó tras {0} imagen.',
    other: 'La comprobación terminó tras {0} imágenes.',
  },
  'A check is under way. Cancel it before you take other pictures.':
    'Hay una comprobación en marcha. Cancélala antes de tomar otras imágenes.',
  'Another network took over, so the check was ended. Start it again to check that one.':
    'Entró otra red, así que la comprobación terminó. Empieza de nuevo para comprobar esa.',
  'Another model took over, so the check was ended. Start it again.':
    'Entró otro modelo, así que la comprobación terminó. Empieza de nuevo.',
  'Counting.': 'Contando.',
  'Done. AP is {0}.': 'Listo. AP es {0}.',
  'Done. AP is unknown: nobody counts.': 'Listo. AP no se sabe: nadie cuenta.',

  // Comprobar: el resultado
  'What came out': 'Lo que salió',
  '{0} at {1} px on {2}, {3}.': '{0} a {1} px en {2}, {3}.',
  '{0} at the size that suits people on {1}, {2}.': '{0} al tamaño que conviene a las personas en {1}, {2}.',
  '{0} pictures could not be read, and count as if nobody had been found there.': {
    one: '{0} imagen no se pudo leer y cuenta como si no se hubiera encontrado a nadie.',
    other: '{0} imágenes no se pudieron leer y cuentan como si no se hubiera encontrado a nadie.',
  },
  'how right it is on the whole, from 0 to 100': 'cuánto acierta en conjunto, de 0 a 100',
  'where nearly right is enough': 'si basta con casi acertar',
  'where joints must lie close': 'si las articulaciones deben caer muy cerca',
  'AP, medium': 'AP, medianas',
  'AP, large': 'AP, grandes',
  'AP of boxes': 'AP de cajas',
  'people of 32 × 32 to 96 × 96 px': 'personas de 32 × 32 a 96 × 96 px',
  'people above 96 × 96 px': 'personas de más de 96 × 96 px',
  'how many people it can find at best, averaged as AP is':
    'cuántas personas puede encontrar como mucho, promediado como AP',
  'how right the boxes around people are': 'cuánto aciertan las cajas de las personas',
  'nobody of this size is marked': 'nadie de este tamaño está marcado',
  Time: 'Tiempo',
  'the network alone, a picture': 'solo la red, por imagen',
  'From {0} sure, where the page shows people: precision {1}, recall {2}.':
    'Desde {0} de seguridad, donde la página muestra personas: precisión {1}, exhaustividad (recall) {2}.',
  'Nobody who counts is marked on these pictures, so there is nothing to draw.':
    'En estas imágenes no está marcado nadie que cuente, así que no hay nada que dibujar.',
  'unknown, nobody is shown': 'desconocida, no se muestra a nadie',
  '<0>Precision</0>: of 100 people it shows, so many are really there. <1>Recall</1>: of 100 people who are there, it shows so many. Both at OKS 0.5, where joints may be off by about as much as a hand is wide.':
    '<0>Precisión</0>: de 100 personas que muestra, cuántas están de verdad. <1>Exhaustividad</1> (recall): de 100 personas que están, cuántas muestra. Ambas con OKS 0,5, donde las articulaciones pueden fallar más o menos el ancho de una mano.',
  'Precision and recall in percent over the threshold. {0}':
    'Precisión y exhaustividad en porcentaje según el umbral. {0}',
  'At {0}: {1} and {2}.': 'Con {0}: {1} y {2}.',
  'nobody shown': 'nadie mostrado',
  threshold: 'umbral',
  'threshold {0}': 'umbral {0}',
  'threshold, % sure': 'umbral, % de seguridad',
  precision: 'precisión',
  recall: 'exhaustividad',
  'In numbers': 'En números',
  'Pictures that could not be read': 'Imágenes que no se pudieron leer',
  'Save COCO results': 'Guardar resultados COCO',
  'Where it is most wrong': 'Dónde más falla',
  'The pictures with the most mistakes at this threshold: people who were missed, and people shown who are not there. On the left what was marked by hand, on the right what the network shows. Grey boxes count neither way: crowds, and people without marked joints.':
    'Las imágenes con más errores con este umbral: personas que faltan y personas mostradas que no están. Primero lo marcado a mano, al lado lo que muestra la red. Las cajas grises no cuentan: multitudes y personas sin articulaciones marcadas.',
  'Marked: {0}': 'Marcado: {0}',
  'Network: {0}': 'Red: {0}',
  '{0} missed': '{0} sin encontrar',
  '{0} wrong': '{0} de más',
  'This picture cannot be read any more.': 'Esta imagen ya no se puede leer.',
};

/** Palabras que vienen de los datos: articulaciones, partes del cuerpo, lo que se sabe de los modelos. */
export const names = {
  nose: 'nariz',
  head: 'cabeza',
  neck: 'cuello',
  'left eye': 'ojo izquierdo',
  'right eye': 'ojo derecho',
  'left ear': 'oreja izquierda',
  'right ear': 'oreja derecha',
  'left shoulder': 'hombro izquierdo',
  'right shoulder': 'hombro derecho',
  'left elbow': 'codo izquierdo',
  'right elbow': 'codo derecho',
  'left wrist': 'muñeca izquierda',
  'right wrist': 'muñeca derecha',
  'left hip': 'cadera izquierda',
  'right hip': 'cadera derecha',
  'left knee': 'rodilla izquierda',
  'right knee': 'rodilla derecha',
  'left ankle': 'tobillo izquierdo',
  'right ankle': 'tobillo derecho',
  shoulders: 'hombros',
  hips: 'caderas',
  '175 COCO pictures': '175 imágenes de COCO',
  'our own measurement': 'medición propia',
  'Learned from': 'Aprendió de',
  "27,000 photos; two thirds of the labels are another network's, not people's":
    '27 000 fotos; dos tercios de las marcas son de otra red, no de personas',
  'Weak at': 'Flojo con',
  'small people, crowds, close-ups, mirrors': 'personas pequeñas, multitudes, primeros planos, espejos',
  'Not for': 'No sirve para',
  'deciding anything about a person': 'decidir nada sobre una persona',
  Right: 'Correctas',
  '{0} of {1} people it shows': '{0} de cada {1} personas que muestra',
  Found: 'Encontradas',
  '{0} of {1} people, {2} of {3} large ones': '{0} de cada {1} personas, {2} de cada {3} grandes',
  Joints: 'Articulaciones',
  '{0} of {1} near their place, seen from the waist up': '{0} de cada {1} cerca de su sitio, de cintura para arriba',
};

/** Errores, como el código los da en inglés; {0} vale por cualquier cosa. */
export const errors = {
  // Cámara
  'The browser was not allowed to use the camera. Allow it in the address bar or in the system settings, then try again.':
    'El navegador no recibió permiso para usar la cámara. Dáselo en la barra de direcciones o en los ajustes del sistema e inténtalo otra vez.',
  'No camera was found. Connect one, then try again; pictures and videos work without.':
    'No se encontró ninguna cámara. Conecta una e inténtalo otra vez; las imágenes y los vídeos funcionan sin ella.',
  'The camera is busy in another program. Close that program, then try again.':
    'Otro programa está usando la cámara. Ciérralo e inténtalo otra vez.',
  'This camera is gone. Choose another one, or try again.': 'Esta cámara ya no está. Elige otra o inténtalo otra vez.',
  'This page may use the camera only over https or on localhost. Open it there.':
    'Esta página solo puede usar la cámara con https o en localhost. Ábrela así.',
  'The camera could not be started ({0}). Try again.': 'No se pudo encender la cámara ({0}). Inténtalo otra vez.',
  'The camera was unplugged or stopped. Connect it, then press Camera again.':
    'La cámara se desconectó o se detuvo. Conéctala y pulsa Cámara otra vez.',
  'Camera {0}': 'Cámara {0}',
  // Imágenes
  'This picture could not be read. Try another file, for example a JPEG or PNG.':
    'No se pudo leer esta imagen. Prueba con otro archivo, por ejemplo JPEG o PNG.',
  'This picture did not arrive within {0}. Check its address and the connection.':
    'Esta imagen no llegó en {0}. Comprueba su dirección y la conexión.',
  '{0} seconds': '{0} segundos',
  'This file is empty. Choose another picture.': 'Este archivo está vacío. Elige otra imagen.',
  'This file cannot be read any more: was it moved or changed? Choose it again.':
    'Este archivo ya no se puede leer: ¿se movió o cambió? Elígelo otra vez.',
  'This file cannot be read any more: was it moved?': 'Este archivo ya no se puede leer: ¿se movió?',
  'This is a HEIC picture, which this browser cannot open. Save it as JPEG first: on an iPhone, choose Settings, Camera, Formats, Most Compatible.':
    'Es una imagen HEIC, que este navegador no puede abrir. Guárdala antes como JPEG: en un iPhone, elige Ajustes, Cámara, Formatos, Más compatible.',
  'This is a {0} file, which this browser cannot open. Save it as JPEG or PNG first.':
    'Es un archivo {0}, que este navegador no puede abrir. Guárdalo antes como JPEG o PNG.',
  'This file is not a picture this browser can open. Try a JPEG, PNG or WebP.':
    'Este archivo no es una imagen que este navegador pueda abrir. Prueba con JPEG, PNG o WebP.',
  'This picture has {0} million pixels ({1} × {2}); at most {3} million fit. Make it smaller and try again.':
    'Esta imagen tiene {0} millones de píxeles ({1} × {2}); caben {3} millones como máximo. Redúcela e inténtalo de nuevo.',
  'This file could not be read in time. Try a copy of it.':
    'Este archivo no se pudo leer a tiempo. Prueba con una copia.',
  'This ImageData has no pixels any more: its memory was given away.':
    'Este ImageData ya no tiene píxeles: su memoria se entregó.',
  'This picture has no size, so there is nothing to look at.':
    'Esta imagen no tiene tamaño, así que no hay nada que mirar.',
  'This video does not say how long it is, and its end could not be found. Try an MP4 or WebM file.':
    'Este vídeo no dice cuánto dura y no se encontró su final. Prueba con un archivo MP4 o WebM.',
  'This browser has no room for the picture. Make it smaller and try again.':
    'Este navegador no tiene sitio para la imagen. Redúcela e inténtalo de nuevo.',
  'This picture comes from another site, which does not let pages read its pixels. Save it and open the file.':
    'Esta imagen viene de otro sitio, que no deja leer sus píxeles. Guárdala y abre el archivo.',
  // Vídeos
  'This file is not a video this browser can play. Try an MP4 or WebM file.':
    'Este archivo no es un vídeo que este navegador pueda reproducir. Prueba con MP4 o WebM.',
  'This video could not be played. Try an MP4 or WebM file.':
    'No se pudo reproducir este vídeo. Prueba con MP4 o WebM.',
  'This video has sound but no pictures. Choose another one.': 'Este vídeo tiene sonido pero no imágenes. Elige otro.',
  'The video has had no picture for {0}. Start it, and wait for its first frame.':
    'El vídeo lleva {0} sin imagen. Inícialo y espera el primer fotograma.',
  'The video gives no more frames. Try a copy of it, as MP4 or WebM.':
    'El vídeo no da más fotogramas. Prueba con una copia en MP4 o WebM.',
  'This video cannot be taken apart into frames. Save it as MP4 or WebM first.':
    'Este vídeo no se puede separar en fotogramas. Guárdalo antes como MP4 o WebM.',
  'This browser does not show the frame at {0} s of this video. Try another browser.':
    'Este navegador no muestra el fotograma del segundo {0} de este vídeo. Prueba con otro navegador.',
  'This browser cannot record. Try another one.': 'Este navegador no puede grabar. Prueba con otro.',
  // Modelos: carga
  "A model can only be fetched from this page's own address, not from {0}. Download it there and drop the file on the page.":
    'Un modelo solo puede cargarse desde la dirección de esta página, no desde {0}. Descárgalo allí y suelta el archivo en la página.',
  '{0} could not be fetched. Check the connection and try again.':
    'No se pudo cargar {0}. Comprueba la conexión e inténtalo de nuevo.',
  '{0} could not be fetched: the server answered {1}. Check its address, or try again.':
    'No se pudo cargar {0}: el servidor respondió {1}. Comprueba la dirección o inténtalo de nuevo.',
  'The connection broke while {0} was on its way ({1}). Try again.':
    'La conexión se cortó mientras llegaba {0} ({1}). Inténtalo de nuevo.',
  '{0} has more than {1} MB, which is no text of a model.': '{0} tiene más de {1} MB; no es un texto de un modelo.',
  '{0} did not arrive: nothing came for {1} seconds. Check the connection and try again.':
    '{0} no llegó: no vino nada durante {1} segundos. Comprueba la conexión e inténtalo de nuevo.',
  '{0} came as a web page: this host answers with a page for files that it does not have. Check the address of the model.':
    '{0} llegó como página web: este servidor responde con una página cuando no tiene un archivo. Comprueba la dirección del modelo.',
  "The list of the model's files ({0}) is broken. Build the page again with `querypose serve`.":
    'La lista de archivos del modelo ({0}) está dañada. Vuelve a construir la página con `querypose serve`.',
  '{0} arrived damaged: it does not match its checksum. Reload the page to fetch it again.':
    '{0} llegó dañado: no coincide con su suma de control. Recarga la página para volver a cargarlo.',
  'There is no model here{0}. A model is a .safetensors or .pth file, alone or in a folder with its config.json.':
    'Aquí no hay ningún modelo{0}. Un modelo es un archivo .safetensors o .pth, solo o en una carpeta con su config.json.',
  ', only {0}': ', solo {0}',
  'This model is in several pieces: `querypose convert FOLDER NEW_FOLDER` makes one file of them.':
    'Este modelo está en varias piezas: `querypose convert FOLDER NEW_FOLDER` las une en un solo archivo.',
  'There are several models here: {0}. Choose one of them.': 'Aquí hay varios modelos: {0}. Elige uno.',
  '{0} is not kept on this device any more. Drop its file on the page again.':
    '{0} ya no está guardado en este dispositivo. Suelta su archivo otra vez en la página.',
  '{0} could not be kept ({1}). Try again.': 'No se pudo guardar {0} ({1}). Inténtalo de nuevo.',
  'config.json has {0} bytes, which is no configuration of a model.':
    'config.json tiene {0} bytes; no es la configuración de un modelo.',
  // Modelos: lo que hay en sus archivos (Rust)
  'no weights, but {0}': 'no son pesos, sino {0}',
  'no config.json, but {0}': 'no es un config.json, sino {0}',
  "a web page: the address gave a page instead of the file, download it with the page's own link or button":
    'una página web: la dirección dio una página en vez del archivo; descárgalo con el enlace o botón de esa página',
  'a pointer of Git LFS, not the file itself: run `git lfs pull`, or download the file':
    'un puntero de Git LFS, no el archivo: ejecuta `git lfs pull` o descarga el archivo',
  'a tar archive: unpack it, or save it again if an old PyTorch wrote it':
    'un archivo tar: descomprímelo, o guárdalo de nuevo si lo escribió un PyTorch antiguo',
  'packed with gzip: unpack it first': 'comprimido con gzip: descomprímelo antes',
  'packed with 7-Zip: unpack it first': 'comprimido con 7-Zip: descomprímelo antes',
  'no safetensors file: it has only {0} bytes': 'no es un archivo safetensors: solo tiene {0} bytes',
  'no safetensors file: it is a text in JSON, as configurations and error messages are':
    'no es un archivo safetensors: es un texto JSON, como las configuraciones y los mensajes de error',
  'no safetensors file, or cut short: it announces a header of {0} bytes and has {1} bytes in all':
    'no es un archivo safetensors, o está cortado: anuncia una cabecera de {0} bytes y tiene {1} bytes en total',
  'does not fit its checksum: the file is damaged, fetch it again':
    'no coincide con su suma de control: el archivo está dañado, vuelve a cargarlo',
  "the zip file's directory at its end is missing: the file is cut short, fetch it again":
    'falta el índice al final del archivo zip: está cortado, vuelve a cargarlo',
  'a zip file, but no PyTorch checkpoint: there is no data.pkl in it':
    'un archivo zip, pero no un checkpoint de PyTorch: no contiene data.pkl',
  "a TorchScript archive, no checkpoint: save the model's state_dict() instead":
    'un archivo TorchScript, no un checkpoint: guarda el state_dict() del modelo',
  'it holds no state-dict: save model.state_dict()': 'no contiene un state-dict: guarda model.state_dict()',
  'tensor "{0}" is missing': 'falta el tensor «{0}»',
  'tensor "{0}" is missing, so what it is made for cannot be told':
    'falta el tensor «{0}», así que no se sabe para qué está hecho',
  'this is no QueryPose: there are no tensors "init_proposal_features.weight" and "part_query.weight" among its {0} (it begins with {1})':
    'no es un QueryPose: entre sus {0} tensores no están «init_proposal_features.weight» ni «part_query.weight» (empieza por {1})',
  'cannot be read ({0}): was it moved or changed?': 'no se puede leer ({0}): ¿se movió o cambió?',
  "not a model's config.json: {0}": 'no es el config.json de un modelo: {0}',
  // Lo que se dice de un modelo
  'full {0}': '{0} completo',
  'light {0}': '{0} ligero',
  // Dónde funciona la red y por qué
  'The processor was asked for.': 'Se pidió el procesador.',
  'The processor answers until WebGPU is ready.': 'El procesador responde hasta que WebGPU esté listo.',
  'WebGPU was asked for.': 'Se pidió WebGPU.',
  'The processor is faster here: {0}.': 'El procesador es más rápido aquí: {0}.',
  'WebGPU is faster here: {0}.': 'WebGPU es más rápido aquí: {0}.',
  '{0} a picture on WebGPU, {1} on the processor': '{0} por imagen con WebGPU, {1} con el procesador',
  'WebGPU cannot be used here: {0}.': 'WebGPU no se puede usar aquí: {0}.',
  'WebGPU cannot be used here: {0}. Choose the processor instead.':
    'WebGPU no se puede usar aquí: {0}. Elige el procesador.',
  'WebGPU is not used: {0}.': 'No se usa WebGPU: {0}.',
  'WebGPU gave the right answers here.': 'WebGPU dio aquí las respuestas correctas.',
  'WebGPU cannot run this model here: {0}.': 'WebGPU no puede ejecutar este modelo aquí: {0}.',
  '{0} cannot be run: {1}': '{0} no se puede ejecutar: {1}',
  'it gives no numbers': 'no da números',
  '{0} ({1}), so the processor took over.': '{0} ({1}), así que sigue el procesador.',
  'The graphics device stopped': 'El dispositivo gráfico se detuvo',
  'The engine stopped while it used the graphics device': 'El motor se detuvo mientras usaba el dispositivo gráfico',
  'The graphics device has too little memory': 'El dispositivo gráfico tiene poca memoria',
  'This is too much for the graphics device': 'Es demasiado para el dispositivo gráfico',
  'this browser offers no graphics adapter': 'este navegador no ofrece ningún adaptador gráfico',
  'the only graphics adapter here is made of software': 'el único adaptador gráfico aquí es de software',
  'this browser offers no WebGPU adapter; update it or its graphics driver, or switch WebGPU on':
    'este navegador no ofrece ningún adaptador WebGPU; actualízalo, actualiza el controlador gráfico o activa WebGPU',
  'the adapter needed more than {0} seconds for one picture':
    'el adaptador necesitó más de {0} segundos para una imagen',
  'this adapter ({0}) gives wrong answers, {1}': 'este adaptador ({0}) da respuestas erróneas, {1}',
  '{0} people instead of {1} on the check picture': '{0} personas en lugar de {1} en la imagen de prueba',
  '{0} joints instead of {1} on the check picture': '{0} articulaciones en lugar de {1} en la imagen de prueba',
  'a joint {0} px away from where it should be': 'una articulación está a {0} px de su sitio',
  'a score off by {0}': 'una puntuación se desvía en {0}',
  'no usable GPU: {0}': 'no hay una GPU utilizable: {0}',
  'too large for this GPU: {0}': 'demasiado grande para esta GPU: {0}',
  'the GPU is out of memory: {0}': 'la GPU se quedó sin memoria: {0}',
  'the GPU was lost: {0}': 'se perdió la GPU: {0}',
  'the GPU driver refused: {0}': 'el controlador de la GPU se negó: {0}',
  'this takes {0} MB of memory, which are not to be had here; use a smaller size or model':
    'esto necesita {0} MB de memoria, que aquí no hay; usa un tamaño o un modelo más pequeño',
  '{0} takes {1} bytes, this device binds {2} at most; use a smaller picture or model, or the cpu engine':
    '{0} ocupa {1} bytes y este dispositivo admite {2} como máximo; usa una imagen o un modelo más pequeño, o el procesador',
  // Motor
  'The engine gives wrong answers in this browser: {0}. Please try another browser.':
    'El motor da respuestas erróneas en este navegador: {0}. Prueba con otro navegador.',
  "The engine's files did not arrive within {0} seconds. Check the connection and try again.":
    'Los archivos del motor no llegaron en {0} segundos. Comprueba la conexión e inténtalo de nuevo.',
  'The engine stopped: {0}. Reload the page to start it again.':
    'El motor se detuvo: {0}. Recarga la página para iniciarlo de nuevo.',
  'its files could not be loaded': 'no se pudieron cargar sus archivos',
  'The engine gave an answer that cannot be read. Reload the page to start it again.':
    'El motor dio una respuesta que no se puede leer. Recarga la página para iniciarlo de nuevo.',
  'The engine stopped in the middle ({0}). Most likely {1} needs more memory than this browser gives.':
    'El motor se detuvo a medias ({0}). Lo más probable es que {1} necesite más memoria de la que da este navegador.',
  'the model': 'el modelo',
  "The engine ({0}) could not be started: it arrived damaged, or this page's Content-Security-Policy lacks 'wasm-unsafe-eval' ({1}). Reload the page.":
    'No se pudo iniciar el motor ({0}): llegó dañado, o a la Content-Security-Policy de esta página le falta ‘wasm-unsafe-eval’ ({1}). Vuelve a cargar la página.',
  "The engine's worker could not be started ({0}).": 'No se pudo iniciar el worker del motor ({0}).',
  'QueryPose runs in browsers: there are no Workers here.': 'QueryPose funciona en navegadores: aquí no hay workers.',
  'This network was disposed of.': 'Esta red se descartó.',
  'This stream was closed.': 'Este flujo se cerró.',
  'This worker has a model already. Load the other one with a worker of its own.':
    'Este worker ya tiene un modelo. Carga el otro con un worker propio.',
  // Comprobar
  'What counts could not be started. Check the connection and reload the page.':
    'No se pudo iniciar el recuento. Comprueba la conexión y recarga la página.',
  'This is too much for this browser: its memory is full. Try fewer pictures.':
    'Es demasiado para este navegador: su memoria está llena. Prueba con menos imágenes.',
  'this file cannot be read. It may be too large, or was moved. Choose it again.':
    'este archivo no se puede leer. Quizá es demasiado grande o se movió. Elígelo otra vez.',
  'no COCO annotations, but {0}': 'no son anotaciones COCO, sino {0}',
  'a list, as COCO results are': 'una lista, como los resultados COCO',
  'UTF-16: save it as UTF-8': 'UTF-16: guárdalo como UTF-8',
  'has {0} in line {1}, which is no number in JSON': 'tiene {0} en la línea {1}, que no es un número en JSON',
  'several categories are named person, and list other keypoints':
    'varias categorías se llaman person y nombran otros puntos clave',
  '{0} people have neither bbox nor outline nor keypoints: nobody knows where, so they do not count':
    '{0} personas no tienen bbox, contorno ni puntos clave: nadie sabe dónde están, así que no cuentan',
  'not COCO annotations (a list `images` with id and file_name): {0}':
    'no son anotaciones COCO (una lista `images` con id y file_name): {0}',
  'two images have the id {0}': 'dos imágenes tienen el id {0}',
  'names no pictures': 'no nombra ninguna imagen',
  'there is not a single person annotated{0}: nothing can be counted':
    'no hay ni una persona marcada{0}: no se puede contar nada',
  ' on the pictures looked at': ' en las imágenes miradas',
  "COCO's figures are of its {0} keypoints, and this model gives {1}":
    'las cifras de COCO son de sus {0} puntos clave, y este modelo da {1}',
  '{0} annotations are of pictures that `images` does not list; they do not count':
    '{0} anotaciones son de imágenes que `images` no nombra; no cuentan',
  'lists no categories: all annotations are taken for people':
    'no nombra categorías: todas las anotaciones se toman por personas',
  '{0} of {1} people have no {2}': '{0} de {1} personas no tienen {2}',
  'area, or 0: taken from the outline, or else from the bbox, which is larger and counts kinder':
    'area, o es 0: se toma del contorno o, si no, de la bbox, que es mayor y cuenta con más indulgencia',
  'bbox: taken from the outline or the keypoints': 'bbox: se toma del contorno o de los puntos clave',
  "lists the keypoints in another order than the model: they are put into the model's":
    'nombra los puntos clave en otro orden que el modelo: se ponen en el del modelo',
  'names the keypoints in another way than the model: they are taken in the order they have':
    'nombra los puntos clave de otra manera que el modelo: se toman en el orden que tienen',
};
