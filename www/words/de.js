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
  Play: 'Abspielen',
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
  'This could not be opened ({0}). Try it again.': 'Das ließ sich nicht öffnen ({0}). Bitte noch einmal versuchen.',
  'not running': 'läuft nicht',

  // Quelle
  Controls: 'Bedienung',
  Source: 'Quelle',
  'Sample pictures': 'Beispielbilder',
  'Three people side by side': 'Drei Menschen nebeneinander',
  'Cyclists and those who greet them': 'Radfahrer und die, die sie begrüßen',
  'Person {0}: {1}, {2}': 'Person {0}: {1}, {2}',
  'Another tab has this page open. Close it, then press again.':
    'Ein anderer Tab hat diese Seite noch offen. Schließe ihn, dann drücke noch einmal.',
  'A street in India': 'Eine Straße in Indien',
  'Eileen Collins, astronaut': 'Eileen Collins, Astronautin',
  'Grace Hopper, computer scientist': 'Grace Hopper, Informatikerin',
  'A photographer at work': 'Ein Fotograf bei der Arbeit',
  'The crew of Apollo 11': 'Die Besatzung von Apollo 11',
  'Two women with telephones': 'Zwei Frauen mit Telefonen',
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
  'what suits people': 'passend für die Personen',
  'suits people · now {0} px': 'passend für die Personen · jetzt {0} px',
  'Runs on': 'Läuft auf',
  Before: 'Vorher',
  Network: 'Netz',
  After: 'Nachher',
  'Shown after': 'Gezeigt nach',
  'From the moment a frame was taken, or due, until it is drawn with its people':
    'Von dem Moment, in dem das Einzelbild entstand oder fällig war, bis es mit den Personen gezeichnet ist',
  'Looks at': 'Sieht an',
  'Pictures a second': 'Bilder pro Sekunde',
  '{0} px, for people so near': '{0} px, weil jemand so nah ist',
  '{0} px, to keep up': '{0} px, um mitzukommen',
  '{0} px, after a glance at {1} px': '{0} px, nach einem Blick mit {1} px',
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
  'read off the file; 8 heads and pictures of {0} px are assumed':
    'aus der Datei abgelesen; angenommen sind 8 Köpfe und Bilder von {0} px',
  Unused: 'Unbenutzt',
  'Tensors of the file that are not part of the network: {0}': 'Tensoren der Datei, die nicht zum Netz gehören: {0}',

  // Wovon ein Fehler handelt, wenn sein Satz nur auf Englisch da ist
  'About the picture': 'Zum Bild',
  'About the video': 'Zum Video',
  'About the camera': 'Zur Kamera',
  'About the model': 'Zum Modell',
  'About the graphics device': 'Zur Grafikkarte',
  'About the engine': 'Zur Technik',
  'About what was asked for': 'Zur Eingabe',

  // Vermessen von Videos
  Measuring: 'Vermessen',
  'Measuring the video': 'Das Video wird vermessen',
  'Measuring, frame by frame. Everything stays on this device.':
    'Es wird vermessen, Einzelbild für Einzelbild. Alles bleibt auf diesem Gerät.',
  'Opening the video.': 'Das Video wird geöffnet.',
  'Frame {0}': 'Einzelbild {0}',
  'Frame {0}, {1} a second, {2} left': 'Einzelbild {0}, {1} pro Sekunde, noch {2}',
  '{0} people followed': { one: '{0} Person verfolgt', other: '{0} Personen verfolgt' },
  'Measured {0} frames, {1}. The end is missing: the file says {2} s, its last frame is at {3} s.':
    '{0} Bilder gemessen, {1}. Das Ende fehlt: Die Datei gibt {2} s an, ihr letztes Bild liegt bei {3} s.',
  'Measured {0} frames, {1}.': '{0} Einzelbilder vermessen, {1}.',
  'Stopped after {0} frames, {1}.': 'Nach {0} Einzelbildern beendet, {1}.',
  'Nothing was measured.': 'Es wurde nichts vermessen.',
  '{0} What was measured until then, {1} frames, is below.':
    '{0} Was bis dahin vermessen wurde, {1} Einzelbilder, steht unten.',
  Person: 'Person',
  Show: 'Zeigen',
  Joint: 'Gelenk',
  'angle at a joint': 'Winkel an einem Gelenk',
  'speed of a joint': 'Tempo eines Gelenks',
  'path of a joint': 'Weg eines Gelenks',
  angle: 'Winkel',
  speed: 'Tempo',
  path: 'Weg',
  px: 'px',
  'px per second': 'px pro Sekunde',
  '{0}, in {1} frames': '{0}, in {1} Einzelbildern',
  'Person {0} {1} {2}': 'Person {0}, {1}: {2}',
  '{0}, in sight in {1} of {2} frames': '{0}, zu sehen in {1} von {2} Einzelbildern',
  '{0}, from {1} to {2} {3}': '{0}, von {1} bis {2} {3}',
  '{0}°': '{0}°',
  '{0} px per second': '{0} px pro Sekunde',
  'not in sight': 'nicht zu sehen',
  'Choose a place to see its frame as it was measured.': 'Stelle wählen, um das vermessene Bild zu sehen.',
  'Frame {0}, as it was measured.': 'Einzelbild {0}, wie es vermessen wurde.',
  Plot: 'Kurve',
  Close: 'Schließen',
  'Plot as PNG': 'Kurve als PNG',
  'Plot as CSV': 'Kurve als CSV',
  'Everything as CSV': 'Alles als CSV',
  'Everything as COCO JSON': 'Alles als COCO-JSON',

  // Innen: Leiste und Rundgang
  'Your picture': 'Ihr Bild',
  Stage: 'Stufe',
  stage: 'Stufe',
  'Stage {0}': 'Stufe {0}',
  'Picture, person and stage': 'Bild, Person und Stufe',
  Tour: 'Rundgang',
  'A walk through the figures (T; N and P step)': 'Ein Gang durch die Abbildungen (T; N und P: weiter und zurück)',
  Classroom: 'Klasse',
  'Full screen and large type (C)': 'Ganzer Bildschirm und große Schrift (C)',
  'Classroom view': 'Ansicht für die Klasse',
  Leave: 'Verlassen',
  'Leave the classroom view': 'Die Ansicht für die Klasse verlassen',
  Back: 'Zurück',
  'Step back': 'Einen Schritt zurück',
  'Pause or go on': 'Anhalten oder weitergehen',
  Next: 'Weiter',
  'Next step': 'Nächster Schritt',
  End: 'Ende',
  'End the tour': 'Den Rundgang beenden',
  '{0} of {1}: {2}': '{0} von {1}: {2}',
  'In words': 'In Worten',
  'The figures are drawn as soon as the network is here.': 'Die Abbildungen erscheinen, sobald das Netz da ist.',
  'Live from {0}, {1}.': 'Live auf {0}, {1}.',
  'Live from {0}, {1}: a glance at {2} px, then this look at {3} px.':
    'Live auf {0}, {1}: ein Blick mit {2} px, dann dieser mit {3} px.',
  'A stored run of this picture, of its surest people; the live one follows.':
    'Ein gespeicherter Lauf zu diesem Bild, mit seinen sichersten Personen; der eigene folgt gleich.',
  '{0} Nobody passes the threshold here; shown is the query that comes nearest.':
    '{0} Hier erreicht niemand die Schwelle; gezeigt wird die Query, die am nächsten kommt.',

  // Innen: Einleitung
  'Inside: how the network finds people': 'Innen: wie das Netz Menschen findet',
  'Most pose networks paint heat maps and search them for peaks. QueryPose asks questions instead: a handful of <0>queries</0>, each with a box, walk over the picture and become people. Every number below comes out of one run of the network on this very picture. Touch everything.':
    'Die meisten Netze für Körperhaltungen malen Wärmekarten und suchen darin Gipfel. QueryPose stellt stattdessen Fragen: Eine Handvoll <0>Queries</0> (Fragen), jede mit einem Rahmen, wandert über das Bild und wird zu Menschen. Jede Zahl hier stammt aus einem einzigen Lauf des Netzes auf genau diesem Bild. Alles darf angefasst werden.',

  // Abbildung 1
  'Before anything is seen': 'Bevor etwas zu sehen ist',
  'The network starts with a fixed set of boxes, the <0>proposals</0>, and one list of numbers for each, its <1>query</1>. Both were learned in training. They do not depend on the picture: here is where people tend to be in photos.':
    'Das Netz beginnt mit festen Rahmen, den <0>Vorschlägen</0> (proposals), und je einer Liste von Zahlen, ihrer <1>Query</1>. Beides wurde beim Training gelernt. Es hängt nicht vom Bild ab: So stehen Menschen eben oft auf Fotos.',
  'Centre, width and height are shares of the picture, so the same boxes fit every photo.':
    'Mitte, Breite und Höhe sind Anteile des Bildes, darum passen dieselben Rahmen auf jedes Foto.',
  'Why are there many large boxes, and few in the corners?':
    'Warum gibt es viele große Rahmen und wenige in den Ecken?',
  'An empty frame': 'Leerer Rahmen',
  'On this picture': 'Auf diesem Bild',
  'The boxes the network starts from': 'Die Rahmen, mit denen das Netz beginnt',
  'Behind the boxes': 'Hinter den Rahmen',
  '{0} boxes, learned once, the same for every picture. Point at one.':
    '{0} Rahmen, einmal gelernt, für jedes Bild dieselben. Auf einen zeigen, um mehr zu erfahren.',
  '{0} boxes. Half of them cover less than {1} of the picture; the smallest {2}, the largest {3}.':
    '{0} Rahmen. Die Hälfte bedeckt weniger als {1} des Bildes; der kleinste {2}, der größte {3}.',
  'query {0}': 'Query {0}',
  'Query {0} starts around {1} from the left, {2} from the top, {3} wide and {4} high. On this picture it ends with the score {5}.':
    'Query {0} beginnt bei {1} von links und {2} von oben, {3} breit und {4} hoch. Auf diesem Bild endet sie mit dem Score {5}.',

  // Abbildung 2
  'Boxes walk to people': 'Rahmen wandern zu Menschen',
  'In each stage the queries talk to one another; then each looks at what its box shows, and moves the box a little. It also says how good it takes its answer to be: the <0>score</0>. Boxes on nothing fade; boxes on people grow surer.':
    'In jeder Stufe sprechen die Queries miteinander; dann sieht jede an, was ihr Rahmen zeigt, und verschiebt ihn ein wenig. Sie sagt auch, für wie gut sie ihre Antwort hält: der <0>Score</0>. Rahmen auf nichts verblassen; Rahmen auf Menschen werden sicherer.',
  'Click a person to see the path of its box (dashed) and its <0>rivals</0>, the queries that ended on the same person. One wins because training, in the end, rewards one query a person. Other detectors must delete doubles afterwards; this one need not, though now and then a double gets through.':
    'Ein Klick auf eine Person zeigt den Weg ihres Rahmens (gestrichelt) und ihre <0>Rivalen</0>: die Queries, die bei derselben Person enden. Eine gewinnt, denn das Training belohnt am Ende eine Query je Person. Andere Netze müssen Doppelte nachträglich löschen; dieses nicht, auch wenn hin und wieder eines durchkommt.',
  'At which stage can you tell who will win?': 'Ab welcher Stufe ist zu erkennen, wer gewinnt?',
  'Boxes and poses, stage by stage': 'Rahmen und Haltungen, Stufe für Stufe',
  'before the first stage': 'vor der ersten Stufe',
  'after stage {0} of {1}': 'nach Stufe {0} von {1}',
  'Score after each stage of the queries that end on this person':
    'Score nach jeder Stufe für die Queries, die bei dieser Person enden',
  Query: 'Query',
  Overlap: 'Deckung',
  'What became of it': 'Was daraus wurde',
  'won: person {0}': 'gewonnen: Person {0}',
  'comes nearest: its score is below {0}': 'kommt am nächsten: der Score liegt unter {0}',
  'kept too: the network sees another person, or a double':
    'auch behalten: das Netz sieht eine weitere Person oder etwas doppelt',
  'lost: its score is below {0}': 'verloren: der Score liegt unter {0}',
  'lost: with its unsure joints it stays below {0}': 'verloren: mit unsicheren Gelenken bleibt der Score unter {0}',
  'No other query ends on this person.': 'Keine andere Query endet bei dieser Person.',
  'Query {0}: {1}.': 'Query {0}: {1}.',
  'at the start the box spans {0} px, overlapping its last box by {1}':
    'am Anfang reicht der Rahmen über {0} px und deckt sich zu {1} mit dem letzten',
  'after stage {0} the box spans {1} px with score {2}, overlapping its last box by {3}':
    'nach Stufe {0} reicht der Rahmen über {1} px mit Score {2} und deckt sich zu {3} mit dem letzten',

  // Abbildung 3
  'Where each part looks': 'Wohin jeder Teil schaut',
  'A person is read as seven <0>parts</0>: face, shoulders, arms, hips, legs. In each stage the network cuts the person’s box out of its features, and each part lays its own map of weights over the box. Bright cells count, dark cells do not. The paper calls this SPEGM.':
    'Ein Mensch wird als sieben <0>Teile</0> gelesen: Gesicht, Schultern, Arme, Hüften, Beine. In jeder Stufe schneidet das Netz den Rahmen der Person aus seinen Merkmalen (features), und jeder Teil legt seine eigene Karte von Gewichten darüber. Helle Felder zählen, dunkle nicht. Der Aufsatz nennt das SPEGM.',
  'All weights of a map sum to one. The curve tells how widely each part looks: <0>entropy</0> in bits. Low means that it knows where to look.':
    'Alle Gewichte einer Karte ergeben zusammen eins. Die Kurve sagt, wie breit jeder Teil schaut: <0>Entropie</0> in Bit. Niedrig heißt: Er weiß, wohin er schauen muss.',
  'Do the arms of a person with crossed arms look at one place or two?':
    'Schauen die Arme eines Menschen mit verschränkten Armen auf eine Stelle oder auf zwei?',
  Part: 'Teil',
  Parts: 'Teile',
  face: 'Gesicht',
  'left arm': 'linker Arm',
  'right arm': 'rechter Arm',
  'left leg': 'linkes Bein',
  'right leg': 'rechtes Bein',
  'Where the chosen part looks': 'Wohin der gewählte Teil schaut',
  'Stage {0}, {1} ({2}). Point at a joint to choose its part, at a cell to read its weight.':
    'Stufe {0}, {1} ({2}). Ein Gelenk wählt seinen Teil, ein Feld zeigt sein Gewicht.',
  'Stage {0}, {1}: the weight here is {2}, {3} times the even share.':
    'Stufe {0}, {1}: Das Gewicht ist hier {2}, das {3}-Fache eines gleichen Anteils.',
  'Entropy of each part’s map over the stages': 'Entropie der Karte jedes Teils über die Stufen',
  'Entropy of each part’s map, bits': 'Entropie der Karte jedes Teils, Bit',
  'everywhere alike': 'überall gleich',
  '{0}: most at row {1}, column {2} of {3} (entropy {4} bits)':
    '{0}: am meisten auf Zeile {1}, Spalte {2} von {3} (Entropie {4} Bit)',
  'Person {0}, stage {1}, where each part looks: {2}. Looking everywhere alike would be {3} bits.':
    'Person {0}, Stufe {1}, wohin jeder Teil schaut: {2}. Überall gleich zu schauen wären {3} Bit.',

  // Abbildung 4
  'How much is new, how much is remembered': 'Wie viel ist neu, wie viel erinnert',
  'Each part now has two things: what it saw just now, E, and what it knew from the stage before, Q. SIM mixes them number by number with two <0>gates</0> between 0 (shut) and 1 (open). A cell of a strip is one gate; the darker or stronger its colour, the more open it is.':
    'Jeder Teil hat nun zweierlei: was er gerade gesehen hat, E, und was er aus der Stufe davor weiß, Q. SIM mischt beides Zahl für Zahl mit zwei <0>Toren</0> (gates) zwischen 0 (zu) und 1 (offen). Ein Feld eines Streifens ist ein Tor; je kräftiger die Farbe, desto weiter offen.',
  'Force the gates: with only the memory, the network never looks into the box and guesses the same body for everybody.':
    'Die Tore lassen sich zwingen: Nur mit der Erinnerung schaut das Netz nie in den Rahmen und rät für alle denselben Körper.',
  'Which parts trust their eyes, which their memory?': 'Welche Teile trauen ihren Augen, welche ihrer Erinnerung?',
  Gates: 'Tore',
  'Gates by part': 'Tore nach Teilen',
  'New look  g₁': 'Neuer Blick  g₁',
  'Memory  g₂': 'Erinnerung  g₂',
  'new look': 'neuer Blick',
  memory: 'Erinnerung',
  '{0}: {1} gates, mean {2}': '{0}: {1} Tore, im Mittel {2}',
  'As learned': 'Wie gelernt',
  'Only new': 'Nur Neues',
  'Only old': 'Nur Altes',
  'No gates': 'Ohne Tore',
  'Force the gates to see what they are for. The decoder runs again.':
    'Die Tore zwingen, um zu sehen, wozu sie gut sind. Der Decoder läuft dann noch einmal.',
  'The decoder runs again …': 'Der Decoder läuft noch einmal …',
  'The decoder runs again as soon as the network is here.': 'Der Decoder läuft noch einmal, sobald das Netz da ist.',
  'The memory is shut out: each stage starts again from what it sees.':
    'Die Erinnerung bleibt draußen: Jede Stufe beginnt neu mit dem, was sie sieht.',
  'Nothing new comes in: the network answers without having looked inside the box.':
    'Nichts Neues kommt herein: Das Netz antwortet, ohne in den Rahmen geschaut zu haben.',
  'SIM is skipped: look and memory are added as they are.':
    'SIM wird übersprungen: Blick und Erinnerung werden einfach addiert.',
  'The joints move by {0} of the box’s height on average.':
    'Die Gelenke verschieben sich im Mittel um {0} der Rahmenhöhe.',
  'Nobody passes the threshold any more.': 'Niemand erreicht mehr die Schwelle.',
  '{0}: {1} of the new look, {2} of the memory': '{0}: {1} vom neuen Blick, {2} von der Erinnerung',
  'Stage {0}, mean gates: {1}.': 'Stufe {0}, Tore im Mittel: {1}.',

  // Abbildungen 5 und 6
  'Parts listen to each other': 'Teile hören aufeinander',
  'A hidden wrist can be guessed from a shoulder. So the seven parts of one person exchange what they know, by <0>attention</0>: each row of the square says how much one part takes from the others. A row sums to one.':
    'Ein verdecktes Handgelenk lässt sich aus einer Schulter erraten. Darum tauschen die sieben Teile einer Person aus, was sie wissen, durch <0>Aufmerksamkeit</0> (attention): Jede Zeile des Quadrats sagt, wie viel ein Teil von den anderen nimmt. Eine Zeile ergibt zusammen eins.',
  'Shown is the mean over all heads of the attention.':
    'Gezeigt ist der Mittelwert über alle Köpfe (heads) der Aufmerksamkeit.',
  'Is there a part that everybody listens to?': 'Gibt es einen Teil, auf den alle hören?',
  'Part-to-part attention': 'Aufmerksamkeit von Teil zu Teil',
  itself: 'sich selbst',
  '“{0}”': '„{0}“',
  '{0}: most to {1} ({2})': '{0}: am meisten auf {1} ({2})',
  'Stage {0}: {1}.': 'Stufe {0}: {1}.',
  'Stage {0}, whom each part listens to: {1}.': 'Stufe {0}, worauf jeder Teil hört: {1}.',
  'Stage {0}. The arrows show what “{1}” listens to; point at a cell to see one pair.':
    'Stufe {0}. Die Pfeile zeigen, worauf „{1}“ hört; ein Feld zeigt ein einzelnes Paar.',
  'Stage {0}: “{1}” takes {2} of what is heard from {3}; an even share would be {4}.':
    'Stufe {0}: „{1}“ nimmt {2} dessen, was zu hören ist, von {3}; ein gleicher Anteil wäre {4}.',
  'Queries listen to each other': 'Queries hören aufeinander',
  'The queries of the whole picture talk as well, before they look. This is how they come to agree who takes which person: the formula is that of the parts, only the square is larger. (The shipped network also counts how much two boxes overlap, times a learned weight.) Rows and columns are sorted by final score, so the winners stand at the top and on the left.':
    'Auch die Queries des ganzen Bildes sprechen miteinander, bevor sie schauen. So einigen sie sich, wer welche Person nimmt: Die Formel ist die der Teile, nur das Quadrat ist größer. (Das mitgelieferte Netz zählt auch, wie sehr sich zwei Rahmen überdecken, mal einem gelernten Gewicht.) Zeilen und Spalten sind nach dem letzten Score geordnet, die Gewinner stehen also oben und links.',
  'Does a winner listen to its rivals, or to other winners?':
    'Hört eine Gewinnerin auf ihre Rivalen oder auf andere Gewinnerinnen?',
  'Query-to-query attention': 'Aufmerksamkeit von Query zu Query',
  'A row for each query that listens, a column for each it listens to; the surest first.':
    'Eine Zeile für jede Query, die zuhört, eine Spalte für jede, auf die sie hört; die sicherste zuerst.',
  'person {0}': 'Person {0}',
  'person {0} (query {1}) listens most to {2} ({3})': 'Person {0} (Query {1}) hört am meisten auf {2} ({3})',
  'Stage {0}. The boxes that {1} listens to, the thicker the more. Point at a cell to see one pair.':
    'Stufe {0}. Die Rahmen, auf die {1} hört: je dicker, desto mehr. Ein Feld zeigt ein einzelnes Paar.',
  'Stage {0}: {1} ({2} sure in the end) takes {3} of what it hears from {4}; an even share would be {5}.':
    'Stufe {0}: {1} (am Ende zu {2} sicher) nimmt {3} dessen, was zu hören ist, von {4}; ein gleicher Anteil wäre {5}.',

  // Abbildung 7
  'How sure': 'Wie sicher',
  'For each joint the network answers with a place and with a spread, across and down: <0>σ</0>. It was never told σ; it learned it, because wrong and sure costs more than wrong and unsure. So σ says which joints are surer than others. As a length it is too careful: most joints of the shipped network lie far within it.':
    'Für jedes Gelenk antwortet das Netz mit einem Ort und mit einer Streuung, waagerecht und senkrecht: <0>σ</0>. Niemand hat ihm σ gesagt; es lernte sie, weil falsch und sicher mehr kostet als falsch und unsicher. So sagt σ, welche Gelenke sicherer sind als andere. Als Länge ist sie zu vorsichtig: Die meisten Gelenke des mitgelieferten Netzes liegen weit innerhalb.',
  'joint score = 1 − (σ<0>x</0> + σ<1>y</1>) / 2': 'Gelenk-Score = 1 − (σ<0>x</0> + σ<1>y</1>) / 2',
  'Cover a part of the person with the brush. The network looks at the covered picture, the ellipses grow, the joints wander to where such a body would have them.':
    'Mit dem Pinsel lässt sich ein Teil der Person abdecken. Das Netz sieht das abgedeckte Bild an, die Ellipsen wachsen, die Gelenke wandern dorthin, wo so ein Körper sie hätte.',
  'Cover one knee: which other joints become unsure?': 'Ein Knie abdecken: Welche anderen Gelenke werden unsicher?',
  'Joints with the spread the network expects; paint to cover':
    'Gelenke mit der Streuung, die das Netz erwartet; malen, um abzudecken',
  'Part to cover': 'Teil, der abgedeckt wird',
  'Cover it': 'Abdecken',
  Uncover: 'Aufdecken',
  'Looking again …': 'Das Netz sieht noch einmal hin …',
  'σ of each joint: before ▏ and now': 'σ jedes Gelenks: vorher ▏ und jetzt',
  'σ of each joint, the least sure first': 'σ jedes Gelenks, das unsicherste zuerst',
  '{0}: spread {1} of the box': '{0}: Streuung {1} des Rahmens',
  '{0} {1} across, {2} down': '{0} {1} waagerecht, {2} senkrecht',
  'Spread in parts of the box, the least sure first: {0}.':
    'Streuung als Anteil des Rahmens, das unsicherste zuerst: {0}.',
  'The network looks again as soon as it is here.': 'Das Netz sieht noch einmal hin, sobald es da ist.',
  'Covered like this, nobody is found here any more.': 'So abgedeckt wird hier niemand mehr gefunden.',
  'The mean σ goes from {0} to {1} of the box; most for the {2}, times {3}. The white lines show where the joints wandered.':
    'Das mittlere σ geht von {0} auf {1} des Rahmens; am meisten bei „{2}“, mal {3}. Die weißen Linien zeigen, wohin die Gelenke gewandert sind.',
  'Each ellipse reaches one σ to each side; the surer the joint, the stronger its line. Paint over the person, or choose a part to cover, and the network looks again.':
    'Jede Ellipse reicht ein σ nach jeder Seite; je sicherer das Gelenk, desto kräftiger die Linie. Die Person übermalen oder einen Teil zum Abdecken wählen, und das Netz sieht noch einmal hin.',

  // Abbildung 8
  'What if': 'Was wäre, wenn',
  'To learn what a part is good for, take it away. Each card is the same network on the same picture with one thing switched off; the grey skeleton is the answer as learned. The cost stands below in milliseconds on this device and in GMAC, billions of multiplications. A switch can make the run dearer: where the network is less strict, more queries pass and each costs a pose.':
    'Wer wissen will, wozu ein Teil gut ist, nimmt ihn weg. Jede Karte ist dasselbe Netz auf demselben Bild, nur eines ist abgeschaltet; das graue Skelett ist die gelernte Antwort. Die Kosten stehen darunter, in Millisekunden auf diesem Gerät und in GMAC, Milliarden Multiplikationen. Ein Schalter kann den Lauf auch teurer machen: Ist das Netz weniger streng, kommen mehr Queries durch, und jede kostet eine Haltung.',
  '<0>Decode all</0> changes nothing but the cost. A person’s score is the box’s score; some networks, the paper’s among them, multiply it by the mean joint score, which only lowers it. So a query below the threshold can be left out before its pose is decoded:':
    '<0>Alle decodieren</0> ändert nur die Kosten. Der Score einer Person ist der Score des Rahmens; manche Netze, auch das des Aufsatzes, nehmen ihn mal dem mittleren Gelenk-Score, was ihn nur senkt. Darum kann eine Query unter der Schwelle wegbleiben, bevor ihre Haltung decodiert wird:',
  's<0>person</0> ≤ s': 's<0>Person</0> ≤ s',
  'Which switch hurts most on your own picture?': 'Welcher Schalter schadet auf dem eigenen Bild am meisten?',
  'Stop after stage {0}': 'Nach Stufe {0} aufhören',
  'Skip SIM': 'SIM überspringen',
  'Only the new look': 'Nur der neue Blick',
  'Only the memory': 'Nur die Erinnerung',
  'Parts look everywhere alike': 'Teile schauen überall gleich',
  'Decode all queries': 'Alle Queries decodieren',
  'Run them all': 'Alle laufen lassen',
  'Press a case to run it, or run them all.': 'Eine Karte anklicken, um sie laufen zu lassen, oder alle.',
  'The cases run as soon as the network is here.': 'Die Karten laufen, sobald das Netz da ist.',
  'not run yet': 'noch nicht gelaufen',
  '{0} poses decoded': { one: '{0} Haltung decodiert', other: '{0} Haltungen decodiert' },
  'joints {0} away': 'Gelenke {0} entfernt',
  'person lost': 'Person verloren',
  'joints {0} of the box’s height away': 'Gelenke {0} der Rahmenhöhe entfernt',
  'the person is lost': 'die Person ist verloren',

  // Abbildung 9
  'What it costs': 'Was es kostet',
  'One bar is one look, from pixels to people; a glance before it, where there was one, is not in it. Seeing (backbone and pyramid) costs the same for every picture of a size; poses cost for each person. Decoding only those worth it is what makes the network run in a browser.':
    'Ein Balken ist ein Blick, von Pixeln zu Menschen; ein kurzer Blick davor, wo es einen gab, ist nicht dabei. Sehen (Rückgrat und Pyramide) kostet für jedes Bild einer Größe gleich viel; Haltungen kosten für jede Person. Weil nur die lohnenden decodiert werden, läuft das Netz in einem Browser.',
  'From how many people on would the poses cost more than the seeing?':
    'Ab wie vielen Personen würden die Haltungen mehr kosten als das Sehen?',
  Unit: 'Einheit',
  Multiplications: 'Multiplikationen',
  'Milliseconds here': 'Millisekunden hier',
  Backbone: 'Rückgrat (backbone)',
  Pyramid: 'Pyramide',
  'Box stages': 'Rahmen-Stufen',
  Choice: 'Auswahl',
  'Pose stages': 'Haltungs-Stufen',
  'On demand: {0} poses': { one: 'Nach Bedarf: {0} Haltung', other: 'Nach Bedarf: {0} Haltungen' },
  'All {0} queries': 'Alle {0} Queries',
  'Measuring on this device …': 'Es wird auf diesem Gerät gemessen …',
  'Measured as soon as the network is here.': 'Gemessen wird, sobald das Netz da ist.',
  'Decoding on demand does the same for {0} times less.': 'Decodieren nach Bedarf schafft dasselbe {0}-mal billiger.',
  '{0}, {1}: {2}': '{0}, {1}: {2}',
  '{0}, {1}: {2}, {3} of the whole.': '{0}, {1}: {2}, {3} des Ganzen.',
  '{0} {1}': '{0} {1}',
  '{0}.': '{0}.',
  '{0}. {1}': '{0}. {1}',
  '{0}. {1}.': '{0}. {1}.',

  // Für eine Klasse
  'For a class': 'Für eine Klasse',
  '<0>Who wins?</0> Go to stage 1 in figure 2. From the scores in its table alone, before pointing at a row, write down for each person which query will win. Play on. How often were you right, and what did the rivals do with their boxes after they had lost?':
    '<0>Wer gewinnt?</0> In Abbildung 2 zu Stufe 1 gehen. Allein nach den Scores der Tabelle, bevor auf eine Zeile gezeigt wird, für jede Person aufschreiben, welche Query gewinnen wird. Weiter abspielen. Wie oft hat es gestimmt, und was haben die Rivalen mit ihren Rahmen gemacht, nachdem sie verloren hatten?',
  '<0>Eyes or memory?</0> Choose a person whose legs cannot be seen. Where do the legs look in figure 3? Force <1>Only old</1> and <2>Only new</2> in figure 4: which parts are seen, which are guessed?':
    '<0>Augen oder Erinnerung?</0> Eine Person wählen, deren Beine nicht zu sehen sind. Wohin schauen die Beine in Abbildung 3? In Abbildung 4 <1>Nur Altes</1> und <2>Nur Neues</2> erzwingen: Welche Teile werden gesehen, welche geraten?',
  '<0>Cover the evidence.</0> In figure 7, cover an elbow, then the arm, then the face. Note the mean σ each time. Find the smallest patch that makes the person disappear, and explain it with the formula of figure 8.':
    '<0>Spuren verdecken.</0> In Abbildung 7 einen Ellbogen abdecken, dann den Arm, dann das Gesicht. Jedes Mal das mittlere σ notieren. Den kleinsten Fleck finden, der die Person verschwinden lässt, und ihn mit der Formel von Abbildung 8 erklären.',
  'The sample and all switches are in the address of this page: send it, and others see the same; what you painted, and pictures of your own, stay with you. Keys: N and P step through the figures, T starts the tour, C enlarges the type for a classroom.':
    'Das Beispiel und alle Schalter stehen in der Adresse dieser Seite: Wer sie verschickt, zeigt anderen dasselbe; Gemaltes und eigene Bilder bleiben hier. Tasten: N und P gehen durch die Abbildungen, T beginnt den Rundgang, C vergrößert die Schrift für eine Klasse.',

  // Prüfen: Bilder und Annotationen
  'How right is it?': 'Wie richtig liegt es?',
  'Give the network pictures on which people marked every person and joint by hand, and see how often it says the same. It is counted as COCO counts. Pictures, annotations and results stay on this device.':
    'Das Netz bekommt Bilder, auf denen Menschen jede Person und jedes Gelenk von Hand markiert haben; dann zeigt sich, wie oft es dasselbe sagt. Gezählt wird wie bei COCO. Bilder, Annotationen und Ergebnisse bleiben auf diesem Gerät.',
  'Pictures and annotations': 'Bilder und Annotationen',
  'Drop a folder of pictures and its annotations here: a .json file in COCO’s format, with people and their keypoints, such as person_keypoints_val2017.json. Or choose them:':
    'Einen Ordner mit Bildern und ihren Annotationen hier ablegen: eine .json-Datei im Format von COCO, mit Personen und ihren Keypoints (Gelenkpunkten), etwa person_keypoints_val2017.json. Oder auswählen:',
  'Folder of pictures': 'Ordner mit Bildern',
  Pictures: 'Bilder',
  Annotations: 'Annotationen',
  'Choose a folder of pictures': 'Einen Ordner mit Bildern wählen',
  'Choose pictures': 'Bilder wählen',
  'Choose a file of annotations': 'Eine Datei mit Annotationen wählen',
  'Which ones': 'Welche',
  'Reading the list of files.': 'Die Liste der Dateien wird gelesen.',
  'Reading {0}.': '{0} wird gelesen.',
  'There are no files in this folder. Drop one with pictures and their annotations.':
    'In diesem Ordner sind keine Dateien. Bitte einen mit Bildern und ihren Annotationen ablegen.',
  'There are no pictures here. Drop a folder of pictures and their annotations.':
    'Hier sind keine Bilder. Bitte einen Ordner mit Bildern und ihren Annotationen ablegen.',
  'The annotations are read as soon as the network is here.':
    'Die Annotationen werden gelesen, sobald das Netz da ist.',
  '{0} pictures are here.': { one: '{0} Bild ist da.', other: '{0} Bilder sind da.' },
  '{0} Now the annotations: a .json file that says who is where on them.':
    '{0} Nun die Annotationen: eine .json-Datei, die sagt, wer wo darauf ist.',
  '{0}: {1} with {2}.': '{0}: {1} mit {2}.',
  'Not here: {0} of them. They count as if nobody had been found there.':
    'Davon fehlen: {0}. Sie zählen, als wäre dort niemand gefunden worden.',
  'None of its pictures is here, the first would be {0}. Drop or choose the folder that holds them.':
    'Keines ihrer Bilder ist da, das erste wäre {0}. Bitte den Ordner ablegen oder wählen, in dem sie liegen.',
  'Now its pictures: drop or choose the folder that holds them.':
    'Nun ihre Bilder: den Ordner ablegen oder wählen, in dem sie liegen.',
  'Ready: {0} to look at.': 'Bereit: {0} zum Ansehen.',

  // Prüfen: der Lauf
  'The check': 'Die Prüfung',
  'its own, {0} px': 'die eigene, {0} px',
  Start: 'Starten',
  'Check again': 'Noch einmal prüfen',
  'Go on': 'Weiter',
  'Going on.': 'Es geht weiter.',
  'Pictures looked at': 'Angesehene Bilder',
  'Looking at {0}.': 'Zum Ansehen: {0}.',
  '{1} of {0} pictures': { one: '{1} von {0} Bild', other: '{1} von {0} Bildern' },
  '{0} left': 'noch {0}',
  '{0} could not be read': '{0} nicht lesbar',
  'Paused after {1} of {0} pictures.': {
    one: 'Angehalten nach {1} von {0} Bild.',
    other: 'Angehalten nach {1} von {0} Bildern.',
  },
  '{0} It waited while you were elsewhere.': '{0} Es wurde gewartet, solange eine andere Ansicht offen war.',
  'Cancelled after {0} pictures.': { one: 'Nach {0} Bild abgebrochen.', other: 'Nach {0} Bildern abgebrochen.' },
  'The check was ended after {0} pictures.': {
    one: 'Die Prüfung endete nach {0} Bild.',
    other: 'Die Prüfung endete nach {0} Bildern.',
  },
  'A check is under way. Cancel it before you take other pictures.':
    'Eine Prüfung läuft. Bitte erst abbrechen, dann andere Bilder nehmen.',
  'Another network took over, so the check was ended. Start it again to check that one.':
    'Ein anderes Netz hat übernommen, darum endete die Prüfung. Für das neue bitte noch einmal starten.',
  'Another model took over, so the check was ended. Start it again.':
    'Ein anderes Modell hat übernommen, darum endete die Prüfung. Bitte noch einmal starten.',
  'Counting.': 'Es wird gezählt.',
  'Done. AP is {0}.': 'Fertig. AP ist {0}.',
  'Done. AP is unknown: nobody counts.': 'Fertig. AP ist unbekannt: Niemand zählt.',

  // Prüfen: was herauskam
  'What came out': 'Was herauskam',
  '{0} at {1} px on {2}, {3}.': '{0} mit {1} px auf {2}, {3}.',
  '{0} at the size that suits people on {1}, {2}.': '{0} mit der für die Personen passenden Größe auf {1}, {2}.',
  '{0} pictures could not be read, and count as if nobody had been found there.': {
    one: '{0} Bild war nicht lesbar und zählt, als wäre dort niemand gefunden worden.',
    other: '{0} Bilder waren nicht lesbar und zählen, als wäre dort niemand gefunden worden.',
  },
  'how right it is on the whole, from 0 to 100': 'wie richtig es insgesamt liegt, von 0 bis 100',
  'where nearly right is enough': 'wenn fast richtig genügt',
  'where joints must lie close': 'wenn Gelenke genau liegen müssen',
  'AP, medium': 'AP, mittel',
  'AP, large': 'AP, groß',
  'AP of boxes': 'AP der Rahmen',
  'people of 32 × 32 to 96 × 96 px': 'Personen von 32 × 32 bis 96 × 96 px',
  'people above 96 × 96 px': 'Personen über 96 × 96 px',
  'how many people it can find at best, averaged as AP is':
    'wie viele Personen es höchstens finden kann, gemittelt wie AP',
  'how right the boxes around people are': 'wie richtig die Rahmen um Personen liegen',
  'nobody of this size is marked': 'niemand von dieser Größe ist markiert',
  Time: 'Zeit',
  'the network alone, a picture': 'das Netz allein, je Bild',
  'From {0} sure, where the page shows people: precision {1}, recall {2}.':
    'Ab {0} Sicherheit, wo die Seite Personen zeigt: Genauigkeit (precision) {1}, Trefferquote (recall) {2}.',
  'Nobody who counts is marked on these pictures, so there is nothing to draw.':
    'Auf diesen Bildern ist niemand markiert, der zählt; es gibt also nichts zu zeichnen.',
  'unknown, nobody is shown': 'unbekannt, niemand wird gezeigt',
  '<0>Precision</0>: of 100 people it shows, so many are really there. <1>Recall</1>: of 100 people who are there, it shows so many. Both at OKS 0.5, where joints may be off by about as much as a hand is wide.':
    '<0>Genauigkeit</0> (precision): Von 100 gezeigten Personen sind so viele wirklich da. <1>Trefferquote</1> (recall): Von 100 Personen, die da sind, werden so viele gezeigt. Beides bei OKS 0,5; Gelenke dürfen dann etwa um eine Handbreite daneben liegen.',
  'Precision and recall in percent over the threshold. {0}':
    'Genauigkeit und Trefferquote in Prozent über der Schwelle. {0}',
  'At {0}: {1} and {2}.': 'Bei {0}: {1} und {2}.',
  'nobody shown': 'niemand gezeigt',
  threshold: 'Schwelle',
  'threshold {0}': 'Schwelle {0}',
  'threshold, % sure': 'Schwelle, % Sicherheit',
  precision: 'Genauigkeit',
  recall: 'Trefferquote',
  'In numbers': 'In Zahlen',
  'Pictures that could not be read': 'Bilder, die nicht lesbar waren',
  'Save COCO results': 'COCO-Ergebnisse sichern',
  'Where it is most wrong': 'Wo es am meisten falsch liegt',
  'The pictures with the most mistakes at this threshold: people who were missed, and people shown who are not there. On the left what was marked by hand, on the right what the network shows. Grey boxes count neither way: crowds, and people without marked joints.':
    'Die Bilder mit den meisten Fehlern bei dieser Schwelle: übersehene Personen und gezeigte, die nicht da sind. Zuerst steht, was von Hand markiert wurde, daneben, was das Netz zeigt. Graue Rahmen zählen weder so noch so: Menschenmengen und Personen ohne markierte Gelenke.',
  'Marked: {0}': 'Markiert: {0}',
  'Network: {0}': 'Netz: {0}',
  '{0} missed': '{0} übersehen',
  '{0} wrong': '{0} falsch',
  'This picture cannot be read any more.': 'Dieses Bild lässt sich nicht mehr lesen.',
};

/** Wörter aus Daten: Gelenke, Körperteile, was von Modellen bekannt ist. */
export const names = {
  nose: 'Nase',
  head: 'Kopf',
  neck: 'Hals',
  'left eye': 'linkes Auge',
  'right eye': 'rechtes Auge',
  'left ear': 'linkes Ohr',
  'right ear': 'rechtes Ohr',
  'left shoulder': 'linke Schulter',
  'right shoulder': 'rechte Schulter',
  'left elbow': 'linker Ellbogen',
  'right elbow': 'rechter Ellbogen',
  'left wrist': 'linkes Handgelenk',
  'right wrist': 'rechtes Handgelenk',
  'left hip': 'linke Hüfte',
  'right hip': 'rechte Hüfte',
  'left knee': 'linkes Knie',
  'right knee': 'rechtes Knie',
  'left ankle': 'linker Knöchel',
  'right ankle': 'rechter Knöchel',
  shoulders: 'Schultern',
  hips: 'Hüften',
  '175 COCO pictures': '175 COCO-Bildern',
  'our own measurement': 'eigene Messung',
  'Learned from': 'Gelernt aus',
  "27,000 photos; two thirds of the labels are another network's, not people's":
    '27 000 Fotos; zwei Drittel der Markierungen stammen von einem anderen Netz, nicht von Menschen',
  'Weak at': 'Schwach bei',
  'small people, crowds, close-ups, mirrors': 'kleinen Personen, Menschenmengen, Nahaufnahmen, Spiegeln',
  'Not for': 'Nicht dafür',
  'deciding anything about a person': 'etwas über einen Menschen zu entscheiden',
  Right: 'Richtig',
  '{0} of {1} people it shows': '{0} von {1} gezeigten Personen',
  Found: 'Gefunden',
  '{0} of {1} people, {2} of {3} large ones': '{0} von {1} Personen, {2} von {3} großen',
  Joints: 'Gelenke',
  '{0} of {1} near their place, seen from the waist up':
    '{0} von {1} nahe an ihrem Ort, von der Hüfte aufwärts gesehen',
};

/** Fehler, wie der Code sie auf Englisch meldet; {0} passt auf alles. */
export const errors = {
  // Kamera
  'The browser was not allowed to use the camera. Allow it in the address bar or in the system settings, then try again.':
    'Der Browser durfte die Kamera nicht verwenden. In der Adressleiste oder den Systemeinstellungen erlauben, dann noch einmal versuchen.',
  'No camera was found. Connect one, then try again; pictures and videos work without.':
    'Es wurde keine Kamera gefunden. Bitte eine anschließen und noch einmal versuchen; Bilder und Videos gehen auch ohne.',
  'The camera is busy in another program. Close that program, then try again.':
    'Die Kamera wird von einem anderen Programm verwendet. Bitte dieses schließen und noch einmal versuchen.',
  'This camera is gone. Choose another one, or try again.':
    'Diese Kamera ist nicht mehr da. Bitte eine andere wählen oder noch einmal versuchen.',
  'This page may use the camera only over https or on localhost. Open it there.':
    'Diese Seite darf die Kamera nur über https oder auf localhost verwenden. Bitte dort öffnen.',
  'The camera could not be started ({0}). Try again.':
    'Die Kamera ließ sich nicht starten ({0}). Bitte noch einmal versuchen.',
  'The camera was unplugged or stopped. Connect it, then press Camera again.':
    'Die Kamera wurde getrennt oder angehalten. Bitte anschließen und noch einmal „Kamera“ drücken.',
  'Camera {0}': 'Kamera {0}',
  // Bilder
  'This picture could not be read. Try another file, for example a JPEG or PNG.':
    'Dieses Bild ließ sich nicht lesen. Bitte eine andere Datei versuchen, zum Beispiel JPEG oder PNG.',
  'This picture did not arrive within {0}. Check its address and the connection.':
    'Dieses Bild kam nicht innerhalb von {0} an. Bitte Adresse und Verbindung prüfen.',
  '{0} seconds': '{0} Sekunden',
  'This file is empty. Choose another picture.': 'Diese Datei ist leer. Bitte ein anderes Bild wählen.',
  'This file cannot be read any more: was it moved or changed? Choose it again.':
    'Diese Datei lässt sich nicht mehr lesen: Wurde sie verschoben oder geändert? Bitte noch einmal wählen.',
  'This file cannot be read any more: was it moved?': 'Diese Datei lässt sich nicht mehr lesen: Wurde sie verschoben?',
  'This is a HEIC picture, which this browser cannot open. Save it as JPEG first: on an iPhone, choose Settings, Camera, Formats, Most Compatible.':
    'Dies ist ein HEIC-Bild, das dieser Browser nicht öffnen kann. Bitte erst als JPEG sichern: auf dem iPhone unter Einstellungen, Kamera, Formate, Maximale Kompatibilität.',
  'This is a {0} file, which this browser cannot open. Save it as JPEG or PNG first.':
    'Das ist eine {0}-Datei, die dieser Browser nicht öffnen kann. Bitte erst als JPEG oder PNG sichern.',
  'This file is not a picture this browser can open. Try a JPEG, PNG or WebP.':
    'Diese Datei ist kein Bild, das dieser Browser öffnen kann. Bitte JPEG, PNG oder WebP versuchen.',
  'This picture has {0} million pixels ({1} × {2}); at most {3} million fit. Make it smaller and try again.':
    'Dieses Bild hat {0} Millionen Pixel ({1} × {2}); höchstens {3} Millionen passen. Bitte verkleinern und noch einmal versuchen.',
  'This file could not be read in time. Try a copy of it.':
    'Diese Datei ließ sich nicht rechtzeitig lesen. Bitte eine Kopie versuchen.',
  'This ImageData has no pixels any more: its memory was given away.':
    'Diese ImageData hat keine Pixel mehr: Ihr Speicher wurde weggegeben.',
  'This picture has no size, so there is nothing to look at.':
    'Dieses Bild hat keine Größe, es gibt also nichts anzusehen.',
  'This video does not say how long it is, and its end could not be found. Try an MP4 or WebM file.':
    'Dieses Video sagt nicht, wie lang es ist, und sein Ende war nicht zu finden. Versuche eine MP4- oder WebM-Datei.',
  'This browser has no room for the picture. Make it smaller and try again.':
    'Dieser Browser hat keinen Platz für das Bild. Bitte verkleinern und noch einmal versuchen.',
  'This picture comes from another site, which does not let pages read its pixels. Save it and open the file.':
    'Dieses Bild kommt von einer anderen Website, die seine Pixel nicht lesen lässt. Bitte sichern und die Datei öffnen.',
  // Videos
  'This file is not a video this browser can play. Try an MP4 or WebM file.':
    'Diese Datei ist kein Video, das dieser Browser abspielen kann. Bitte MP4 oder WebM versuchen.',
  'This video could not be played. Try an MP4 or WebM file.':
    'Dieses Video ließ sich nicht abspielen. Bitte MP4 oder WebM versuchen.',
  'This video has sound but no pictures. Choose another one.':
    'Dieses Video hat Ton, aber keine Bilder. Bitte ein anderes wählen.',
  'The video has had no picture for {0}. Start it, and wait for its first frame.':
    'Das Video zeigt seit {0} kein Bild. Bitte starten und auf das erste Bild warten.',
  'The video gives no more frames. Try a copy of it, as MP4 or WebM.':
    'Das Video gibt keine Einzelbilder mehr her. Bitte eine Kopie als MP4 oder WebM versuchen.',
  'This video cannot be taken apart into frames. Save it as MP4 or WebM first.':
    'Dieses Video lässt sich nicht in Einzelbilder zerlegen. Bitte erst als MP4 oder WebM sichern.',
  'This browser does not show the frame at {0} s of this video. Try another browser.':
    'Dieser Browser zeigt das Einzelbild bei {0} s dieses Videos nicht. Bitte einen anderen Browser versuchen.',
  'This browser cannot record. Try another one.': 'Dieser Browser kann nicht aufnehmen. Bitte einen anderen versuchen.',
  // Modelle: laden
  "A model can only be fetched from this page's own address, not from {0}. Download it there and drop the file on the page.":
    'Ein Modell kann nur von der Adresse dieser Seite geladen werden, nicht von {0}. Bitte dort herunterladen und die Datei auf der Seite ablegen.',
  '{0} could not be fetched. Check the connection and try again.':
    '{0} ließ sich nicht laden. Bitte die Verbindung prüfen und noch einmal versuchen.',
  '{0} could not be fetched: the server answered {1}. Check its address, or try again.':
    '{0} ließ sich nicht laden: Der Server antwortete {1}. Bitte die Adresse prüfen oder noch einmal versuchen.',
  'The connection broke while {0} was on its way ({1}). Try again.':
    'Die Verbindung brach ab, während {0} unterwegs war ({1}). Bitte noch einmal versuchen.',
  '{0} has more than {1} MB, which is no text of a model.': '{0} hat mehr als {1} MB; das ist kein Text eines Modells.',
  '{0} did not arrive: nothing came for {1} seconds. Check the connection and try again.':
    '{0} kam nicht an: {1} Sekunden lang kam nichts. Bitte die Verbindung prüfen und noch einmal versuchen.',
  '{0} came as a web page: this host answers with a page for files that it does not have. Check the address of the model.':
    '{0} kam als Webseite an: Dieser Server antwortet mit einer Seite, wenn er eine Datei nicht hat. Bitte die Adresse des Modells prüfen.',
  "The list of the model's files ({0}) is broken. Build the page again with `querypose serve`.":
    'Die Liste der Dateien des Modells ({0}) ist beschädigt. Bitte die Seite neu bauen: `querypose serve`.',
  '{0} arrived damaged: it does not match its checksum. Reload the page to fetch it again.':
    '{0} kam beschädigt an: Die Prüfsumme stimmt nicht. Bitte die Seite neu laden.',
  'There is no model here{0}. A model is a .safetensors or .pth file, alone or in a folder with its config.json.':
    'Hier ist kein Modell{0}. Ein Modell ist eine Datei .safetensors oder .pth, allein oder in einem Ordner mit config.json.',
  ', only {0}': ', nur {0}',
  'This model is in several pieces: `querypose convert FOLDER NEW_FOLDER` makes one file of them.':
    'Dieses Modell besteht aus mehreren Stücken: `querypose convert FOLDER NEW_FOLDER` macht eine Datei daraus.',
  'There are several models here: {0}. Choose one of them.':
    'Hier sind mehrere Modelle: {0}. Bitte eines davon wählen.',
  '{0} is not kept on this device any more. Drop its file on the page again.':
    '{0} liegt nicht mehr auf diesem Gerät. Bitte die Datei noch einmal auf der Seite ablegen.',
  '{0} could not be kept ({1}). Try again.': '{0} ließ sich nicht ablegen ({1}). Bitte noch einmal versuchen.',
  'config.json has {0} bytes, which is no configuration of a model.':
    'config.json hat {0} Bytes; das ist keine Konfiguration eines Modells.',
  // Modelle: was in ihren Dateien steht (Rust)
  'no weights, but {0}': 'keine Gewichte, sondern {0}',
  'no config.json, but {0}': 'keine config.json, sondern {0}',
  "a web page: the address gave a page instead of the file, download it with the page's own link or button":
    'eine Webseite: Die Adresse lieferte eine Seite statt der Datei; bitte mit dem Link oder Knopf der Seite herunterladen',
  'a pointer of Git LFS, not the file itself: run `git lfs pull`, or download the file':
    'ein Zeiger von Git LFS, nicht die Datei selbst: bitte `git lfs pull` ausführen oder die Datei herunterladen',
  'a tar archive: unpack it, or save it again if an old PyTorch wrote it':
    'ein tar-Archiv: bitte auspacken oder, wenn ein altes PyTorch es schrieb, neu sichern',
  'packed with gzip: unpack it first': 'mit gzip gepackt: bitte erst auspacken',
  'packed with 7-Zip: unpack it first': 'mit 7-Zip gepackt: bitte erst auspacken',
  'no safetensors file: it has only {0} bytes': 'keine safetensors-Datei: Sie hat nur {0} Bytes',
  'no safetensors file: it is a text in JSON, as configurations and error messages are':
    'keine safetensors-Datei: ein Text in JSON, wie Konfigurationen und Fehlermeldungen',
  'no safetensors file, or cut short: it announces a header of {0} bytes and has {1} bytes in all':
    'keine safetensors-Datei, oder abgeschnitten: Sie kündigt einen Kopf von {0} Bytes an und hat insgesamt {1} Bytes',
  'does not fit its checksum: the file is damaged, fetch it again':
    'passt nicht zur Prüfsumme: Die Datei ist beschädigt, bitte neu laden',
  "the zip file's directory at its end is missing: the file is cut short, fetch it again":
    'das Verzeichnis am Ende der zip-Datei fehlt: Die Datei ist abgeschnitten, bitte neu laden',
  'a zip file, but no PyTorch checkpoint: there is no data.pkl in it':
    'eine zip-Datei, aber kein PyTorch-Checkpoint: Darin ist keine data.pkl',
  "a TorchScript archive, no checkpoint: save the model's state_dict() instead":
    'ein TorchScript-Archiv, kein Checkpoint: bitte state_dict() des Modells sichern',
  'it holds no state-dict: save model.state_dict()': 'darin ist kein state-dict: bitte model.state_dict() sichern',
  'tensor "{0}" is missing': 'Tensor „{0}“ fehlt',
  'tensor "{0}" is missing, so what it is made for cannot be told':
    'Tensor „{0}“ fehlt, darum ist nicht zu erkennen, wofür die Datei gemacht ist',
  'this is no QueryPose: there are no tensors "init_proposal_features.weight" and "part_query.weight" among its {0} (it begins with {1})':
    'das ist kein QueryPose: Unter seinen {0} Tensoren fehlen „init_proposal_features.weight“ und „part_query.weight“ (am Anfang steht {1})',
  'cannot be read ({0}): was it moved or changed?': 'lässt sich nicht lesen ({0}): Wurde sie verschoben oder geändert?',
  "not a model's config.json: {0}": 'keine config.json eines Modells: {0}',
  // Was von einem Modell gesagt wird
  'full {0}': 'volles {0}',
  'light {0}': 'leichtes {0}',
  // Wo das Netz läuft, und warum
  'The processor was asked for.': 'Der Prozessor war gewünscht.',
  'The processor answers until WebGPU is ready.': 'Bis WebGPU bereit ist, antwortet der Prozessor.',
  'WebGPU was asked for.': 'WebGPU war gewünscht.',
  'The processor is faster here: {0}.': 'Der Prozessor ist hier schneller: {0}.',
  'WebGPU is faster here: {0}.': 'WebGPU ist hier schneller: {0}.',
  '{0} a picture on WebGPU, {1} on the processor': '{0} je Bild auf WebGPU, {1} auf dem Prozessor',
  'WebGPU cannot be used here: {0}.': 'WebGPU lässt sich hier nicht verwenden: {0}.',
  'WebGPU cannot be used here: {0}. Choose the processor instead.':
    'WebGPU lässt sich hier nicht verwenden: {0}. Bitte den Prozessor wählen.',
  'WebGPU is not used: {0}.': 'WebGPU wird nicht verwendet: {0}.',
  'WebGPU gave the right answers here.': 'WebGPU gab hier die richtigen Antworten.',
  'WebGPU cannot run this model here: {0}.': 'WebGPU kann dieses Modell hier nicht ausführen: {0}.',
  '{0} cannot be run: {1}': '{0} lässt sich nicht ausführen: {1}',
  'it gives no numbers': 'es kommen keine Zahlen heraus',
  '{0} ({1}), so the processor took over.': '{0} ({1}), darum hat der Prozessor übernommen.',
  'The graphics device stopped': 'Die Grafikkarte hat aufgehört',
  'The engine stopped while it used the graphics device':
    'Die Engine ist stehen geblieben, während sie die Grafikkarte benutzte',
  'The graphics device has too little memory': 'Die Grafikkarte hat zu wenig Speicher',
  'This is too much for the graphics device': 'Das ist zu viel für die Grafikkarte',
  'this browser offers no graphics adapter': 'dieser Browser bietet keine Grafikkarte an',
  'the only graphics adapter here is made of software': 'die einzige Grafikkarte hier besteht aus Software',
  'this browser offers no WebGPU adapter; update it or its graphics driver, or switch WebGPU on':
    'dieser Browser bietet keine Grafikkarte für WebGPU an; bitte ihn oder den Grafiktreiber aktualisieren oder WebGPU einschalten',
  'the adapter needed more than {0} seconds for one picture':
    'die Grafikkarte brauchte mehr als {0} Sekunden für ein Bild',
  'this adapter ({0}) gives wrong answers, {1}': 'diese Grafikkarte ({0}) gibt falsche Antworten, {1}',
  '{0} people instead of {1} on the check picture': '{0} Personen statt {1} auf dem Prüfbild',
  '{0} joints instead of {1} on the check picture': '{0} Gelenke statt {1} auf dem Prüfbild',
  'a joint {0} px away from where it should be': 'ein Gelenk liegt {0} px daneben',
  'a score off by {0}': 'ein Score weicht um {0} ab',
  'no usable GPU: {0}': 'keine brauchbare Grafikkarte: {0}',
  'too large for this GPU: {0}': 'zu groß für diese Grafikkarte: {0}',
  'the GPU is out of memory: {0}': 'der Speicher der Grafikkarte ist voll: {0}',
  'the GPU was lost: {0}': 'die Grafikkarte ging verloren: {0}',
  'the GPU driver refused: {0}': 'der Grafiktreiber weigerte sich: {0}',
  'this takes {0} MB of memory, which are not to be had here; use a smaller size or model':
    'das braucht {0} MB Speicher, die hier nicht zu haben sind; bitte eine kleinere Größe oder ein kleineres Modell nehmen',
  '{0} takes {1} bytes, this device binds {2} at most; use a smaller picture or model, or the cpu engine':
    '{0} braucht {1} Bytes, dieses Gerät bindet höchstens {2}; bitte ein kleineres Bild oder Modell oder den Prozessor nehmen',
  // Technik
  'The engine gives wrong answers in this browser: {0}. Please try another browser.':
    'Die Technik gibt in diesem Browser falsche Antworten: {0}. Bitte einen anderen Browser versuchen.',
  "The engine's files did not arrive within {0} seconds. Check the connection and try again.":
    'Die Dateien der Technik kamen nicht innerhalb von {0} Sekunden an. Bitte die Verbindung prüfen und noch einmal versuchen.',
  'The engine stopped: {0}. Reload the page to start it again.':
    'Die Technik ist stehen geblieben: {0}. Bitte die Seite neu laden.',
  'its files could not be loaded': 'ihre Dateien ließen sich nicht laden',
  'The engine gave an answer that cannot be read. Reload the page to start it again.':
    'Die Technik gab eine Antwort, die sich nicht lesen lässt. Bitte die Seite neu laden.',
  'The engine stopped in the middle ({0}). Most likely {1} needs more memory than this browser gives.':
    'Die Technik blieb mittendrin stehen ({0}). Wahrscheinlich braucht {1} mehr Speicher, als dieser Browser hergibt.',
  'the model': 'das Modell',
  "The engine ({0}) could not be started: it arrived damaged, or this page's Content-Security-Policy lacks 'wasm-unsafe-eval' ({1}). Reload the page.":
    'Die Technik ({0}) ließ sich nicht starten: Sie kam beschädigt an, oder der Content-Security-Policy dieser Seite fehlt ‘wasm-unsafe-eval’ ({1}). Bitte die Seite neu laden.',
  "The engine's worker could not be started ({0}).": 'Der Worker der Technik ließ sich nicht starten ({0}).',
  'QueryPose runs in browsers: there are no Workers here.': 'QueryPose läuft in Browsern: Hier gibt es keine Worker.',
  'This network was disposed of.': 'Dieses Netz wurde weggeräumt.',
  'This stream was closed.': 'Dieser Strom wurde geschlossen.',
  'This worker has a model already. Load the other one with a worker of its own.':
    'Dieser Worker hat schon ein Modell. Bitte das andere mit einem eigenen Worker laden.',
  // Prüfen
  'What counts could not be started. Check the connection and reload the page.':
    'Das Zählwerk ließ sich nicht starten. Bitte die Verbindung prüfen und die Seite neu laden.',
  'This is too much for this browser: its memory is full. Try fewer pictures.':
    'Das ist zu viel für diesen Browser: Sein Speicher ist voll. Bitte weniger Bilder versuchen.',
  'this file cannot be read. It may be too large, or was moved. Choose it again.':
    'diese Datei lässt sich nicht lesen. Vielleicht ist sie zu groß oder wurde verschoben. Bitte noch einmal wählen.',
  'no COCO annotations, but {0}': 'keine COCO-Annotationen, sondern {0}',
  'a list, as COCO results are': 'eine Liste, wie es COCO-Ergebnisse sind',
  'UTF-16: save it as UTF-8': 'UTF-16: bitte als UTF-8 sichern',
  'has {0} in line {1}, which is no number in JSON': 'hat {0} in Zeile {1}; in JSON ist das keine Zahl',
  'several categories are named person, and list other keypoints':
    'mehrere Kategorien heißen person und nennen andere Keypoints',
  '{0} people have neither bbox nor outline nor keypoints: nobody knows where, so they do not count':
    '{0} Personen haben weder bbox noch Umriss noch Keypoints: Niemand weiß, wo sie sind, darum zählen sie nicht',
  'not COCO annotations (a list `images` with id and file_name): {0}':
    'keine COCO-Annotationen (eine Liste `images` mit id und file_name): {0}',
  'two images have the id {0}': 'zwei Bilder haben die id {0}',
  'names no pictures': 'nennt keine Bilder',
  'there is not a single person annotated{0}: nothing can be counted':
    'darin ist keine einzige Person markiert{0}: Es gibt nichts zu zählen',
  ' on the pictures looked at': ' auf den angesehenen Bildern',
  "COCO's figures are of its {0} keypoints, and this model gives {1}":
    'die Zahlen von COCO gelten für seine {0} Keypoints, und dieses Modell gibt {1}',
  '{0} annotations are of pictures that `images` does not list; they do not count':
    '{0} Annotationen gehören zu Bildern, die `images` nicht nennt; sie zählen nicht',
  'lists no categories: all annotations are taken for people':
    'nennt keine Kategorien: Alle Annotationen gelten als Personen',
  '{0} of {1} people have no {2}': '{0} von {1} Personen haben keine Angabe {2}',
  'area, or 0: taken from the outline, or else from the bbox, which is larger and counts kinder':
    'area oder eine von 0: aus dem Umriss genommen, sonst aus der bbox, die größer ist und milder zählt',
  'bbox: taken from the outline or the keypoints': 'bbox: aus dem Umriss oder den Keypoints genommen',
  "lists the keypoints in another order than the model: they are put into the model's":
    'nennt die Keypoints in anderer Reihenfolge als das Modell: Sie werden in die des Modells gebracht',
  'names the keypoints in another way than the model: they are taken in the order they have':
    'nennt die Keypoints anders als das Modell: Sie gelten in ihrer Reihenfolge',
};
