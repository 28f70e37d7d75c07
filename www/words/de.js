// Deutsch, in der neutralen Form und wo nötig mit „Sie“. Ordnung wie auf der Seite; {0}, {1} stehen für das, was
// wechselt, <0>…</0> für Hervorgehobenes. Formen nach der Zahl: { one, other }.

export default {
  // Kopf der Seite
  'QueryPose – people and their poses, found in your browser':
    'QueryPose – Menschen und ihre Haltung, im Browser gefunden',
  'finds people and how they stand': 'findet Menschen und wie sie stehen',
  Views: 'Ansichten',
  Look: 'Bild',
  Inside: 'Innen',
  Check: 'Prüfen',
  Dark: 'Dunkel',
  Light: 'Hell',
  Language: 'Sprache',
  '{0} could not be fetched. Check the connection and reload the page.':
    '„{0}“ konnte nicht geladen werden. Bitte die Verbindung prüfen und die Seite neu laden.',

  // Zahlen und Einheiten
  '{0} %': '{0} %',
  '{0} ms': '{0} ms',
  '{0} s': '{0} s',
  '{0} min': '{0} min',
  '{0} h {1} min': '{0} h {1} min',
  '{0} px': '{0} px',
  '{0} MB': '{0} MB',
  '{0} GB': '{0} GB',
  '{0} GMAC': '{0} GMAC',
  '{0} million': '{0} Millionen',
  '{0} billion': '{0} Milliarden',
  '{0} × {1} px': '{0} × {1} px',
  '{0} of {1}': '{0} von {1}',
  '{0}, {1}': '{0}, {1}',
  '{0}; {1}': '{0}; {1}',
  '{0} · {1}': '{0} · {1}',
  '{0}: {1}': '{0}: {1}',
  '{0} people': { one: '{0} Person', other: '{0} Personen' },
  '{0} pictures': { one: '{0} Bild', other: '{0} Bilder' },
  people: { one: 'Person', other: 'Personen' },
  'the processor': 'dem Prozessor',

  // Das Bild
  Picture: 'Bild',
  'The picture': 'Das Bild',
  'Arrow keys go from joint to joint and from person to person.':
    'Pfeiltasten führen von Gelenk zu Gelenk und von Person zu Person.',
  'Drop a picture, a video or a model here': 'Bild, Video oder Modell hier ablegen',
  'Drop pictures and their annotations here': 'Bilder und ihre Annotationen hier ablegen',
  'Point at a joint to see its name and score.': 'Auf ein Gelenk zeigen: Name und Sicherheit erscheinen.',
  'Nobody found. Move the slider to the left to see people the network is less sure of.':
    'Niemand gefunden. Weiter links auf dem Regler erscheinen auch Personen, bei denen das Netz weniger sicher ist.',

  // Video: Abspielen, aufnehmen
  Pause: 'Pause',
  Play: 'Weiter',
  Record: 'Aufnehmen',
  'Stop recording': 'Aufnahme beenden',
  'Measure this video': 'Dieses Video vermessen',
  'Position in the video': 'Stelle im Video',
  'Recording. It is saved on this device when you stop.':
    'Die Aufnahme läuft. Am Ende wird sie auf diesem Gerät gespeichert.',
  'The recording was saved.': 'Die Aufnahme wurde gespeichert.',
  'Nothing was recorded.': 'Es wurde nichts aufgenommen.',
  'Recording could not be fetched. Check the connection, then try again.':
    'Die Aufnahme konnte nicht geladen werden. Bitte die Verbindung prüfen und es noch einmal versuchen.',
  'Measuring could not be fetched. Check the connection, then try again.':
    'Das Vermessen konnte nicht geladen werden. Bitte die Verbindung prüfen und es noch einmal versuchen.',
  'The network is not there yet. Wait a moment, then measure.':
    'Das Netz ist noch nicht da. Bitte einen Moment warten, dann vermessen.',

  // Laden des Netzes
  'Loading the network': 'Das Netz wird geladen',
  Cancel: 'Abbrechen',
  'Opening the network from your last visit.': 'Das Netz vom letzten Besuch wird geöffnet.',
  'Fetching the network: {0} of {1} MB.': 'Das Netz wird geladen: {0} von {1} MB.',
  'Fetching the network: {0} MB.': 'Das Netz wird geladen: {0} MB.',
  'Reading the network: {0} of {1} MB.': 'Das Netz wird gelesen: {0} von {1} MB.',
  'Starting the network.': 'Das Netz wird gestartet.',
  'Checking the network against known answers.': 'Das Netz wird mit bekannten Antworten verglichen.',
  'Cancelled. {0} goes on.': 'Abgebrochen. Es geht mit {0} weiter.',
  '{0} {1} goes on working.': '{0} Es geht mit {1} weiter.',
  'not running': 'läuft nicht',

  // Quelle
  Controls: 'Bedienung',
  Source: 'Quelle',
  'Sample pictures': 'Beispielbilder',
  'Three people side by side': 'Drei Menschen nebeneinander',
  'Eileen Collins, astronaut': 'Eileen Collins, Astronautin',
  'Grace Hopper, computer scientist': 'Grace Hopper, Informatikerin',
  'A photographer at work': 'Ein Fotograf bei der Arbeit',
  Camera: 'Kamera',
  Video: 'Video',
  Stop: 'Stopp',
  'Use the camera': 'Die Kamera verwenden',
  'Stop the camera': 'Die Kamera ausschalten',
  'Choose a picture file': 'Eine Bilddatei wählen',
  'Choose a video file': 'Eine Videodatei wählen',
  'Like a mirror (files are not)': 'Wie ein Spiegel (Dateien nicht)',
  'Or drop a file here, or paste one. Your pictures stay on this device.':
    'Oder eine Datei hier ablegen oder einfügen. Ihre Bilder bleiben auf diesem Gerät.',
  'The clipboard holds no picture. Copy one, then paste it here.':
    'In der Zwischenablage ist kein Bild. Bitte eines kopieren und dann hier einfügen.',

  // Personen
  People: 'Personen',
  'Show from <0/> sure': 'Ab <0/> Sicherheit zeigen',
  Steady: 'Ruhig',
  Quick: 'Schnell',
  steady: 'ruhig',
  quick: 'schnell',
  'in between': 'dazwischen',
  'How joints follow, from steady to quick': 'Wie Gelenke folgen, von ruhig bis schnell',
  'What is drawn': 'Was gezeichnet wird',
  Skeletons: 'Skelette',
  Joints: 'Gelenke',
  Boxes: 'Rahmen',
  joints: 'Gelenke',
  close: 'schließen',
  'Person {0}': 'Person {0}',
  'Save PNG': 'PNG sichern',
  'Save COCO JSON': 'COCO-JSON sichern',
  'The picture with its people, never mirrored': 'Das Bild mit den Personen, nie gespiegelt',
  'The people as a COCO results list, in pixels of the picture, never mirrored':
    'Die Personen als COCO-Ergebnisliste, in Pixeln des Bildes, nie gespiegelt',
  // Für Vorleseprogramme
  'No people found.': 'Keine Personen gefunden.',
  '{0} in view.': '{0} im Bild.',
  '{0} people found.': { one: '{0} Person gefunden.', other: '{0} Personen gefunden.' },
  '{0} {1}.': '{0} {1}.',
  'on the left': 'links',
  'on the right': 'rechts',
  'in the middle': 'in der Mitte',
  '{0}, {1}, {2} sure, {3} of {4} joints clear': '{0}, {1}, zu {2} sicher, {3} von {4} Gelenken deutlich',
  'and {0} more': 'und {0} weitere',

  // Technik
  Engine: 'Technik',
  Model: 'Modell',
  'Size of the picture it looks at': 'Größe des Bildes, das es ansieht',
  'its own': 'die eigene',
  'what keeps up': 'so groß, dass es mitkommt',
  'what keeps up · now {0} px': 'so groß, dass es mitkommt · jetzt {0} px',
  'Runs on': 'Läuft auf',
  Before: 'Vorher',
  Network: 'Netz',
  After: 'Nachher',
  'Shown after': 'Gezeigt nach',
  'From the moment a frame was taken, or due, until it is drawn with its people':
    'Von dem Moment, in dem das Einzelbild entstand oder fällig war, bis es mit den Personen gezeichnet ist',
  'Looks at': 'Sieht an',
  'Pictures a second': 'Bilder pro Sekunde',
  '{0} px, to keep up': '{0} px, um mitzukommen',
  'Run it on': 'Rechnen auf',
  'what is faster': 'dem Schnelleren',
  'About this model': 'Über dieses Modell',
  '1 GMAC is a billion multiplications. AP says how right a network is, from 0 to 100.':
    '1 GMAC ist eine Milliarde Multiplikationen. AP sagt, wie richtig ein Netz liegt, von 0 bis 100.',
  'Forget its file': 'Seine Datei vergessen',
  'Your own model': 'Ein eigenes Modell',
  'A QueryPose you trained or downloaded: a .safetensors or .pth file, or a folder with its config.json. Drop it on the page, or choose it. It stays on this device.':
    'Ein selbst trainiertes oder heruntergeladenes QueryPose: eine Datei .safetensors oder .pth oder ein Ordner mit config.json. Auf der Seite ablegen oder auswählen. Es bleibt auf diesem Gerät.',
  File: 'Datei',
  Folder: 'Ordner',
  "Choose a model's file": 'Die Datei eines Modells wählen',
  "Choose a model's folder": 'Den Ordner eines Modells wählen',
  'Use the new version of this page': 'Die neue Fassung dieser Seite verwenden',
  'This page is kept on this device and works without a network.':
    'Diese Seite liegt auf diesem Gerät und funktioniert auch ohne Internet.',
  'This page could not be kept on this device: it works only with a network.':
    'Diese Seite konnte nicht auf diesem Gerät abgelegt werden: Sie funktioniert nur mit Internet.',
  // Über das Modell
  'Learned numbers': 'Gelernte Zahlen',
  '{0}, kept on this device': '{0}, auf diesem Gerät abgelegt',
  '{0}, until you close the page': '{0}, bis die Seite geschlossen wird',
  Sees: 'Sieht',
  Work: 'Arbeit',
  Memory: 'Speicher',
  '{0} in the page': '{0} in der Seite',
  '{0} in the page, {1} in the graphics device': '{0} in der Seite, {1} in der Grafikkarte',
  Accuracy: 'Genauigkeit',
  '{0} AP on {1}, {2}': '{0} AP auf {1}, {2}',
  '{0} AP on {1}, published for the official weights, {2}':
    '{0} AP auf {1}, veröffentlicht für die offiziellen Gewichte, {2}',
  Settings: 'Einstellungen',
  'read off the file, 8 heads assumed': 'aus der Datei abgelesen, 8 Köpfe angenommen',
  Unused: 'Unbenutzt',
  '{0} tensors of the file are not part of the network': '{0} Tensoren der Datei gehören nicht zum Netz',

  // Wovon ein Fehler handelt, wenn sein Satz nur auf Englisch da ist
  'About the picture': 'Zum Bild',
  'About the video': 'Zum Video',
  'About the camera': 'Zur Kamera',
  'About the model': 'Zum Modell',
  'About the graphics device': 'Zur Grafikkarte',
  'About the engine': 'Zur Technik',
  'About what was asked for': 'Zur Eingabe',
};
