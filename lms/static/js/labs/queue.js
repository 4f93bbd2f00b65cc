// M/M/c: the averages, the knee of the curve. The same sums as courses/labs/queueing.py, rules H1 and H2.
import { axes, draw, fixed, minutes, path, percent, read, say, show, start, ticks } from "./lab.js";
import { Film } from "./film.js";

export function erlangB({ load, servers }) {
  let blocked = 1;
  for (let number = 1; number <= servers; number += 1) blocked = (load * blocked) / (number + load * blocked);
  return blocked;
}

export function erlangC({ load, servers }) {
  const blocked = erlangB({ load, servers });
  return (servers * blocked) / (servers - load * (1 - blocked));
}

// Returns null where there is no steady state.
export function solve({ arrivals, rate, servers }) {
  const load = arrivals / rate;
  if (load >= servers) return null;
  const waitProbability = erlangC({ load, servers });
  const spareRate = servers * rate - arrivals;
  const waitHours = waitProbability / spareRate;
  return {
    load,
    utilisation: load / servers,
    waitProbability,
    spareRate,
    waitHours,
    stayHours: waitHours + 1 / rate,
    waiting: arrivals * waitHours,
    present: arrivals * waitHours + load,
  };
}

export const servedWithin = (queue, hours) => 1 - queue.waitProbability * Math.exp(-queue.spareRate * hours);

const NONE = "—";

function knee(svg, { arrivals, rate, servers }) {
  const wait = (share) => solve({ arrivals: share * servers * rate, rate, servers }).waitHours * 60;
  const highest = wait(0.955);
  const at = axes(svg, {
    x: [0, 1],
    y: [0, highest],
    ticksX: [0, 0.2, 0.4, 0.6, 0.8, 1].map((share) => [share, `${Math.round(share * 100)}%`]),
    ticksY: ticks(highest),
    nameX: "利用率 ρ",
    nameY: "平均等待（分钟）",
  });
  draw(svg, "rect", { class: "danger", x: at.x(0.8), y: at.box.top, width: at.x(1) - at.x(0.8), height: at.box.bottom - at.box.top });
  const shares = Array.from({ length: 120 }, (_, n) => (n / 119) * 0.955);
  draw(svg, "path", { class: "curve", d: path(shares.map((share) => [at.x(share), at.y(share ? wait(share) : 0)])) });
  const share = arrivals / (rate * servers);
  const shown = Math.min(share, 1);
  const height = shown < 0.955 ? wait(Math.max(shown, 1e-6)) : highest;
  draw(svg, "line", { class: "drop", x1: at.x(shown), x2: at.x(shown), y1: at.y(height), y2: at.box.bottom });
  draw(svg, "circle", { class: share < 1 ? "here" : "here lost", cx: at.x(shown), cy: at.y(height), r: 7 });
  const text = share < 1 ? `${percent(share, 0)}，等 ${minutes(wait(share) / 60)}` : "没有稳态";
  const isRight = shown > 0.5;
  draw(
    svg,
    "text",
    { class: "label", x: at.x(shown) + (isRight ? -12 : 12), y: at.y(height) + (height > highest * 0.9 ? 16 : -8), "text-anchor": isRight ? "end" : "start" },
    text,
  );
}

function sentence({ arrivals, rate, servers, within }, queue) {
  if (!queue) {
    const needed = Math.floor(arrivals / rate) + 1;
    return `每小时来 ${arrivals} 位，${servers} 个台子最多办 ${fixed(rate * servers, 1)} 位：来得不比办得少，队伍会无限变长，没有平均等待可言。至少要 ${needed} 个台子。`;
  }
  const waiters = percent(queue.waitProbability, 0);
  return `利用率 ${percent(queue.utilisation)}。${waiters} 的顾客要等，平均等 ${minutes(queue.waitHours)}，队里平均 ${fixed(queue.waiting, 1)} 人；${within} 分钟以内轮到的占 ${percent(servedWithin(queue, within / 60))}。`;
}

function apart({ arrivals, rate, servers }, queue) {
  if (servers < 2 || !queue) return "";
  const single = solve({ arrivals: arrivals / servers, rate, servers: 1 });
  return `同样的人，分成 ${servers} 条队各排各的，平均等 ${minutes(single.waitHours)}；合成一条队只等 ${minutes(queue.waitHours)}。`;
}

start("queue", (root) => {
  const chart = root.querySelector("[data-chart=knee]");
  const film = new Film(root);
  const update = () => {
    const { values, fault } = read(root);
    if (fault) return say(root, fault, { isLost: true });
    const queue = solve(values);
    show(root, {
      utilisation: percent(values.arrivals / (values.rate * values.servers)),
      wait: queue ? minutes(queue.waitHours) : NONE,
      waiting: queue ? `${fixed(queue.waiting, 1)} 人` : "越来越多",
      stay: queue ? minutes(queue.stayHours) : NONE,
      within: queue ? percent(servedWithin(queue, values.within / 60)) : NONE,
      minutes: values.within,
      apart: apart(values, queue),
    });
    knee(chart, values);
    film.set(values, queue);
    say(root, sentence(values, queue), { isLost: !queue });
  };
  root.addEventListener("input", update);
  update();
});
