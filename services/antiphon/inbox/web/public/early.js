// Runs before the first paint: theme, density and language as saved, so that nothing flashes.
try {
  var look = JSON.parse(localStorage.getItem("antiphon.look") || "{}");
  var root = document.documentElement;
  if (look.theme === "light" || look.theme === "dark") root.classList.add(look.theme);
  if (look.density === "compact") root.classList.add("compact");
  if (look.language) root.lang = look.language;
} catch (e) { /* storage is closed: the system decides */ }
