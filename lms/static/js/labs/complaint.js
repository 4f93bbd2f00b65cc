// A complaint that branches. The story comes with the page; the sums are those of courses/labs/complaint.py, rule H10.
import { fixed, make, say, signed, start, yuan } from "./lab.js";

const END = "end";
const KINDS = { outcome: "结果", process: "过程", manner: "态度" };

export function endingOf(justice) {
  if (justice.every((amount) => amount > 0)) return "LOYAL";
  return justice.filter((amount) => amount < 0).length > 1 ? "LOST" : "SETTLED";
}

export function walk(story, path) {
  let at = story.first;
  const taken = path.map((place) => {
    const choice = story.scenes[at].choices[place];
    at = choice.then;
    return choice;
  });
  const sum = (name) => taken.reduce((total, choice) => total + choice[name], 0);
  const justice = [sum("outcome"), sum("process"), sum("manner")];
  return {
    outcome: justice[0],
    process: justice[1],
    manner: justice[2],
    hours: Math.round(sum("hours") * 10) / 10,
    yuan: sum("yuan"),
    ending: at === END ? endingOf(justice) : null,
    at,
    taken,
  };
}

function meters(result) {
  return Object.entries(KINDS).map(([kind, name]) => {
    const meter = make("li", { className: `lab-meter ${result[kind] > 0 ? "good" : result[kind] < 0 ? "bad" : ""}` });
    meter.append(make("span", { textContent: `${name}公正` }), make("strong", { textContent: signed(result[kind], 0) }));
    return meter;
  });
}

start("complaint", (root) => {
  const story = JSON.parse(root.querySelector("script[type='application/json']").textContent);
  const [stage, tally, trail] = ["stage", "tally", "trail"].map((name) => root.querySelector(`[data-${name}]`));
  let path = [];

  const play = (isMoved) => {
    const result = walk(story, path);
    const scene = story.scenes[result.at];
    tally.replaceChildren(...meters(result));
    trail.replaceChildren(
      ...result.taken.map((choice) => make("li", {}, make("strong", { textContent: choice.text }), make("span", { textContent: choice.why }))),
    );
    trail.hidden = path.length === 0;
    const title = make("p", { className: "lab-scene", tabIndex: -1, textContent: scene ? scene.title : story.endings[result.ending][0] });
    const text = make("p", { textContent: scene ? scene.text : `${story.endings[result.ending][1]}用了 ${fixed(result.hours, 1)} 小时，直接花费 ${yuan(result.yuan)}。` });
    const buttons = scene
      ? scene.choices.map((choice, place) => button(choice.text, "lab-choice", () => go([...path, place])))
      : [button("从头再走一遍", "btn btn-primary", () => go([]))];
    if (scene && path.length) buttons.push(button("退回上一步", "btn btn-outline-secondary", () => go(path.slice(0, -1))));
    stage.replaceChildren(title, text, ...buttons);
    if (isMoved) title.focus();
    const last = result.taken.at(-1);
    const told = Object.keys(KINDS).map((kind) => `${KINDS[kind]} ${signed(result[kind], 0)}`).join("，");
    say(root, last ? `${last.why}现在：${told}。` : "三种公正都从 0 开始。选一种做法。", { isLost: result.ending === "LOST" });
  };
  const button = (text, className, act) => {
    const element = make("button", { type: "button", className, textContent: text });
    element.addEventListener("click", act);
    return element;
  };
  const go = (next) => {
    path = next;
    play(true);
  };
  play(false);
});
