// Dark: whether the page is dark, and news when that changes.

function isDark() {
  return Boolean(document.querySelector("#app.theme--dark"));
}

function onThemeChange(listener) {
  const observer = new MutationObserver(listener);
  observer.observe(document.getElementById("app") ?? document.body, { attributes: true, attributeFilter: ["class"] });
  return () => observer.disconnect();
}
