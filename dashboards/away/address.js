// Address: keeps the page's address such that a reload, or whoever gets it, comes back to what is on screen.

const INTERVAL = 1000; // ms, a browser refuses an address that changes too often

function render({ model }) {
  let timer = 0;
  const write = () => {
    clearTimeout(timer);
    timer = 0;
    const token = new URLSearchParams(location.search).get("token"); // of one's own server; no part of a link
    const query = [token && `token=${encodeURIComponent(token)}`, model.get("query")].filter(Boolean).join("&");
    history.replaceState(history.state, "", location.pathname + (query ? `?${query}` : ""));
  };
  const renew = () => { timer ||= setTimeout(write, INTERVAL); };
  model.on("change:query", renew);
  window.addEventListener("pagehide", write);
  renew();
  return () => {
    clearTimeout(timer);
    model.off("change:query", renew);
    window.removeEventListener("pagehide", write);
  };
}

export default { render };
