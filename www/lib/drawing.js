// How people are drawn, here and by the command line, which reads the object below as JSON: Okabe and Ito's colours
// without black, limbs by the joints they join (COCO's, and CrowdPose's head and neck), the share that the person's
// left is lightened and the right darkened by, and the opacity of a joint: `least` up to the score `from`, whole from
// `to` on.
// biome-ignore format: JSON has double quotes and no commas at the end.
export default {
  "people": ["#e69f00", "#56b4e9", "#009e73", "#f0e442", "#d55e00", "#cc79a7", "#0072b2"],
  "edge": "rgba(0, 0, 0, 0.62)",
  "limbs": [
    ["left_ear", "left_eye"], ["left_eye", "nose"], ["nose", "right_eye"], ["right_eye", "right_ear"],
    ["left_shoulder", "right_shoulder"], ["left_shoulder", "left_hip"], ["right_shoulder", "right_hip"],
    ["left_hip", "right_hip"], ["left_shoulder", "left_elbow"], ["left_elbow", "left_wrist"],
    ["right_shoulder", "right_elbow"], ["right_elbow", "right_wrist"], ["left_hip", "left_knee"],
    ["left_knee", "left_ankle"], ["right_hip", "right_knee"], ["right_knee", "right_ankle"],
    ["head", "neck"], ["neck", "left_shoulder"], ["neck", "right_shoulder"]
  ],
  "tones": { "left": 0.42, "right": 0.2 },
  "opacity": { "least": 0.12, "from": 0.15, "to": 0.55 }
};
