// Record: a film of the stage's canvas as it is seen, by the browser itself: MP4 where it can, else WebM.

const TYPES = ["video/mp4;codecs=avc1", "video/mp4", "video/webm;codecs=vp9", "video/webm"];
const FRAMES = 30; // a second
const LONGEST = 120_000; // ms
const STAGE = "canvas.va-canvas";

function render({ model, el }) {
  const button = element("button", { type: "button", className: "va-button" });
  const told = element("span", { role: "status" });
  el.append(button, told);
  let recorder = null;
  let limit = 0;
  const show = () => { button.textContent = recorder ? "Stop and save" : "Record the stage"; };

  function begin() {
    const canvas = document.querySelector(STAGE);
    const type = globalThis.MediaRecorder && TYPES.find((each) => MediaRecorder.isTypeSupported(each));
    if (!canvas || !type) {
      told.textContent = canvas ? "this browser cannot record" : "there is nothing to record yet";
      return;
    }
    const parts = [];
    recorder = new MediaRecorder(canvas.captureStream(FRAMES), { mimeType: type });
    recorder.ondataavailable = (event) => parts.push(event.data);
    recorder.onstop = () => {
      clearTimeout(limit);
      recorder.stream.getTracks().forEach((track) => track.stop());
      recorder = null;
      const ending = type.startsWith("video/mp4") ? "mp4" : "webm";
      const film = new Blob(parts, { type });
      if (film.size) keep({ name: `${model.get("name")}.${ending}`, type }, film);
      told.textContent = film.size ? `saved as ${ending}` : "nothing moved: play while it records";
      show();
    };
    recorder.start(1000);
    limit = setTimeout(() => recorder?.stop(), LONGEST);
    told.textContent = "recording what the stage shows";
    show();
  }

  button.onclick = () => (recorder ? recorder.stop() : begin());
  show();
  return () => recorder?.stop();
}

export default { render };
