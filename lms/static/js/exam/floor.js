// For browsers that cannot run the page: says so in plain words. A classic script in the oldest dialect, on purpose.
// docs/decisions/0008-browser-floor.md
(function () {
  var PATIENCE_MS = 5000;
  window.addEventListener("load", function () {
    window.setTimeout(function () {
      if (document.documentElement.className.indexOf("has-script") < 0) {
        document.getElementById("too-old").hidden = false;
      }
    }, PATIENCE_MS);
  });
})();
