// Copies what the site ships from node_modules, and binds the icons we use into one sprite.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";

const out = "../../lms/static";
mkdirSync(`${out}/vendor`, { recursive: true });
copyFileSync("node_modules/htmx.org/dist/htmx.min.js", `${out}/vendor/htmx.min.js`);
const hls = readFileSync("node_modules/hls.js/dist/hls.light.min.mjs", "utf8");
writeFileSync(
  `${out}/vendor/hls.light.min.mjs`,
  `/*! hls.js 1.7.4, (c) 2017 Dailymotion, Apache-2.0 */\n${hls.replace(/\/\/# sourceMappingURL=.*\s*$/, "")}`,
);

const icons = `arrow-left arrow-right arrow-repeat award book bookmark box-arrow-right building calculator calendar-check
camera-video card-checklist cart check-circle-fill check-lg chevron-down chevron-right circle clipboard-check clock
cloud-check cloud-slash credit-card download envelope exclamation-triangle-fill eye file-earmark-arrow-up
file-earmark-pdf flag flag-fill gear graph-up grid-3x3-gap house info-circle-fill journal-text lightbulb list
lock-fill mortarboard patch-check pencil people person person-badge play-circle printer qr-code question-circle
receipt search shield-check shield-lock stopwatch trash unlock upload x-circle-fill x-lg quote list-check
chat-left-text`.split(/\s+/);
const symbols = icons.map((name) => {
  const svg = readFileSync(`node_modules/bootstrap-icons/icons/${name}.svg`, "utf8");
  const body = svg.replace(/^[\s\S]*?<svg[^>]*>/, "").replace(/<\/svg>\s*$/, "").trim();
  return `<symbol id="${name}" viewBox="0 0 16 16">${body}</symbol>`;
});
writeFileSync(
  `${out}/img/icons.svg`,
  `<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join("\n")}\n</svg>\n`,
);
