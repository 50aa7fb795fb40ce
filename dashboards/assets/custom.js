// Run by the page before anything else: what the server's page template leaves out.

document.documentElement.lang = "en";
document.querySelector("meta[name=viewport]").content = "width=device-width, initial-scale=1"; // a reader may zoom

// anywidget gives up a widget that has not begun within 2 s of being announced, as happens on a busy machine.
const LEAST_PATIENCE_MS = 60_000;
const timeout = AbortSignal.timeout.bind(AbortSignal);
AbortSignal.timeout = (ms) => timeout(Math.max(ms, LEAST_PATIENCE_MS));
