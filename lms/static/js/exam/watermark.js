// The candidate's name over the page, light enough to read through. A picture, so that readers aloud pass it by.
const INK = { light: "#1d2733", dark: "#dfe3e7" };
const DARK = matchMedia("(prefers-color-scheme: dark)");
const WIDTH = 260;
const HEIGHT = 170;

const escaped = (text) => text.replace(/[<>&"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

function picture(text) {
  const ink = DARK.matches ? INK.dark : INK.light;
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}">` +
    `<text x="50%" y="50%" text-anchor="middle" transform="rotate(-22 ${WIDTH / 2} ${HEIGHT / 2})" ` +
    `font-family="sans-serif" font-size="17" fill="${ink}">${escaped(text)}</text></svg>`;
  return `url("data:image/svg+xml,${encodeURIComponent(svg).replace(/'/g, "%27")}")`;
}

/** Repeat `text` over the whole page. Clicks go through it; exam.css says how light it is. */
export function drawWatermark(text) {
  const sheet = document.createElement("div");
  sheet.className = "watermark";
  sheet.setAttribute("aria-hidden", "true");
  const draw = () => sheet.style.setProperty("background-image", picture(text));
  draw();
  DARK.addListener(draw); // addEventListener is missing in Safari before 14
  document.body.append(sheet);
}
