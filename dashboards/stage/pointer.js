// Pointer: the reader's mouse, fingers and keys on the canvas.

const STEP = 30; // pixels that an arrow key moves the view

// acts: {moved, zoomBy, fit, hover, click, next, followHere, leave}
function listen(canvas, view, acts) {
  let drag = null;
  const local = (event) => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  canvas.onpointerdown = (event) => {
    drag = { at: local(event), x: view.x, y: view.y, moved: false };
    canvas.setPointerCapture(event.pointerId);
  };
  canvas.onpointermove = (event) => {
    const at = local(event);
    if (!drag) return acts.hover(...at);
    const [dx, dy] = [at[0] - drag.at[0], at[1] - drag.at[1]];
    drag.moved ||= Math.hypot(dx, dy) > 4;
    if (drag.moved) Object.assign(view, { x: drag.x - dx / view.scale, y: drag.y + dy / view.scale });
    return acts.moved(drag.moved);
  };
  canvas.onpointerup = () => {
    if (drag && !drag.moved) acts.click(...drag.at);
    drag = null;
  };
  canvas.onpointercancel = () => { drag = null; };
  canvas.onpointerleave = () => acts.hover(-1e6, -1e6);
  canvas.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && document.activeElement !== canvas) return; // the page scrolls until the canvas is chosen
    event.preventDefault();
    acts.zoomBy(Math.exp(-event.deltaY * 0.0015), ...local(event));
  }, { passive: false });
  const move = (across, up) => () => {
    view.x += (across * STEP) / view.scale;
    view.y += (up * STEP) / view.scale;
    acts.moved(true);
  };
  const keys = {
    ArrowLeft: move(-1, 0), ArrowRight: move(1, 0), ArrowUp: move(0, 1), ArrowDown: move(0, -1),
    "+": () => acts.zoomBy(1.2), "-": () => acts.zoomBy(1 / 1.2), 0: acts.fit,
    n: () => acts.next(1), p: () => acts.next(-1), v: acts.followHere, Escape: acts.leave,
  };
  canvas.onkeydown = (event) => {
    const action = event.altKey || event.ctrlKey || event.metaKey ? null : keys[event.key] ?? keys[event.key.toLowerCase()];
    if (!action) return;
    event.preventDefault();
    action();
  };
}
