/** Every word of the page, in one place: a translation is another module like this. */

const short = (/** @type {number} */ seconds) => String(Number(seconds.toFixed(1)));

export const strings = {
  whoPlays: "Who plays",
  violinist: "Violinist",
  pianist: "Pianist",
  chooseFile: "Choose a recording",
  tryExample: "Try an example",
  microphone: "Microphone",
  stopMicrophone: "Stop the microphone",
  dropHere: "Drop it here: a recording, or a figure (.vrm, .glb)",
  welcome: "Choose or drop a recording of a violin or a piano, or let the microphone listen.",
  welcomeTouch: "Choose a recording of a violin or a piano, or let the microphone listen.",
  privacy: "It is played on this device. Nothing is uploaded.",
  play: "Play",
  pause: "Pause",
  player: "Player",
  seek: "Position",
  position: (/** @type {string} */ at, /** @type {string} */ whole) => `${at} of ${whole}`,
  loop: "Loop",
  speed: "Speed",
  camera: "Camera",
  front: "Front",
  threeQuarter: "Three-quarter",
  hands: "Hands",
  fullScreen: "Full screen",
  leaveFullScreen: "Leave full screen",
  inTheRoom: "In my room",
  leaveRoom: "Leave the room",
  lifeSize: "Life size",
  roomHint:
    "Move the device until a ring lies on the floor, then tap it; tap again for another place. One finger turns, two pinch.",
  quickLook:
    "An iPhone gives no live AR to a browser. A clip of the recording stands in the room instead, life-size and with its sound: AR Quick Look.",
  openQuickLook: "Put the clip into the room",
  quickLookWaits: "First choose a recording and let it be heard to its end.",
  clipHolds: (/** @type {number} */ start, /** @type {number} */ end, /** @type {number} */ whole) =>
    end - start < whole - 0.05
      ? `It holds seconds ${short(start)} to ${short(end)} of ${short(whole)}, from where the position stands; Apple advises no longer clip.`
      : "It holds the whole recording.",
  onThePhone: "On the phone",
  close: "Close",
  phoneCode: (/** @type {string} */ address) => `QR code of ${address}`,
  phoneHttps: "Point the phone's camera at it. Microphone and AR work there too.",
  phoneHttp:
    "Point the phone's camera at it. Recordings play there; the microphone and AR need an address with https.",
  phoneLoopback:
    "This address is this computer's own; a phone cannot reach it. Start the page with: audio-to-body page --host 0.0.0.0, then everybody in this network can open it, and the code is here. The microphone and AR need an address with https, so they stay shut on the phone.",
  more: "More: manner, live, own figure, take home",
  manner: "Manner",
  amplitude: "Amplitude",
  smoothness: "Smoothness",
  paperNet: "The paper's net beside it",
  live: "Live",
  device: "Microphone",
  usualMicrophone: "the usual one",
  latency: "Latency",
  usualLatency: "usual",
  lowLatency: "low",
  level: "Level",
  figure: "Own figure",
  ownFigure: "A VRM or a humanoid GLB plays instead of the mannequin.",
  chooseFigure: "Choose a figure",
  mannequin: "Back to the mannequin",
  takeHome: "Take home",
  video: "Video",
  forVideo: "What is seen, with its sound: to watch and to share.",
  forGlb: "Musician, instrument and motion: for Blender, Unity, Godot, web pages.",
  forBvh: "Bones and their motion: for Blender, Maya, MotionBuilder.",
  forUsdz: "Ten seconds with their sound: stand in the room on an iPhone or iPad.",
  forNpz: "Joints in metres, frame by frame: for Python (NumPy).",
  commandLine:
    "The command line makes more: CSV, JSON, whole recitals as USDZ, nets of your own (pip install audio-to-body-dynamics).",
  footer: "Audio to Body Dynamics: music in, a musician who plays it out.",
  licences: "Licences",
  loadingNets: "The nets are being fetched …",
  openedBefore: "Listening …",
  listening: (/** @type {number} */ percent) => `Listening … ${percent} %`,
  listeningBehind: (/** @type {number} */ percent) =>
    `Listening … ${percent} %; the musician moves there once it was heard.`,
  played: (/** @type {number} */ notes, /** @type {string} */ seconds) =>
    `${notes} ${notes === 1 ? "note" : "notes"} heard; that took ${seconds}.`,
  nothingHeard: "Nothing in it is loud enough to be music; is it the right file?",
  noNotes: "No notes of this instrument were heard; is it the other one?",
  channelsCancel: "Its channels cancel each other, so only one of them is heard.",
  cannotDecode: (/** @type {string} */ name) =>
    `${name} cannot be decoded by this browser; try WAV, MP3, FLAC, OGG or MP4.`,
  opening: (/** @type {string} */ name) => `${name} is being opened …`,
  notReached: (/** @type {string} */ name) =>
    `The example ${name} cannot be fetched now; the page keeps it for later once it was played with a network.`,
  emptyFile: (/** @type {string} */ name) => `${name} is empty; was it copied completely?`,
  tooLong: (/** @type {number} */ minutes, /** @type {number} */ most) =>
    `It lasts ${minutes} minutes; this device's memory holds ${most}. The command line plays recordings of any length.`,
  tooShort: "It is shorter than one frame; there is nothing to play.",
  unreadable: (/** @type {string} */ name) =>
    `${name} cannot be read: it is gone, or larger than this browser takes at once.`,
  noSimd:
    "This browser is too old to compute the nets (its WebAssembly has no SIMD); browsers since 2021 do, Safari since 16.4.",
  noWebGL: "This browser has no WebGL, which draws the musician; notes and files still come out.",
  failed: (/** @type {string} */ reason) => `That did not work: ${reason}`,
  noMicrophone: "This browser gives no microphone to this page; it needs https or localhost.",
  refused:
    "The microphone was refused. Allow it for this page in the browser's address bar, then press again.",
  unplugged: "The microphone was unplugged; choose another one.",
  liveFigures: (/** @type {number} */ heard, /** @type {string} */ busy) =>
    `${heard} ms behind the sound; ${busy} ms a frame of computing.`,
  liveOn: "Listening to the microphone.",
  liveOff: "The microphone is off.",
  waitingForServer: (/** @type {string} */ url) => `Waiting for ${url} …`,
  serverGone: (/** @type {string} */ url) =>
    `${url} does not answer; start it with: audio-to-body play --live --send ws`,
  figureTooLarge: (/** @type {number} */ size, /** @type {number} */ most) =>
    `That figure has ${size} MB; up to ${most} MB can be shown here.`,
  notAFigure: (/** @type {string} */ name) =>
    `${name} is no humanoid figure: its bones are neither a VRM's, nor named as usual (hips, spine, LeftArm …), nor do they form a body.`,
  notRead: (/** @type {string} */ name) => `${name} is not a GLB or VRM that can be read.`,
  figureLoaded: (/** @type {string} */ name, /** @type {number} */ guessed) =>
    guessed
      ? `${name} plays now; ${guessed} of its bones were guessed by where they lie.`
      : `${name} plays now.`,
  posing: (/** @type {number} */ percent) => `The figure is being posed, ${percent} % …`,
  recordingVideo: "The video is being recorded while it plays once from the beginning …",
  filming: (/** @type {number} */ share) =>
    `The video is being made, ${share} % … The button again calls it off.`,
  videoCalledOff: "The video was called off.",
  noVideo: "This browser cannot record video.",
  savedClip: (/** @type {string} */ name, /** @type {string} */ holds) => `Saved ${name}. ${holds}`,
  saved: (/** @type {string} */ name) => `Saved ${name}.`,
};
