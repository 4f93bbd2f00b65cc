// Seats of a hotline by Erlang C. The same sums as courses/labs/seats.py, rule H3.
import { axes, draw, fixed, percent, read, say, show, start } from "./lab.js";
import { servedWithin, solve } from "./queue.js";

const HOUR = 3600;
const MOST = 500;
const BARS = 7;

export const loadOf = ({ calls, handling }) => (calls * handling) / HOUR;
export const withSeats = ({ calls, handling, seats }) => solve({ arrivals: calls, rate: HOUR / handling, servers: seats });
export const rosterOf = ({ seats, absent }) => Math.ceil(Math.round((seats / (1 - absent)) * 1e9) / 1e9);

// Returns null if 500 seats do not reach the target.
export function staff({ calls, handling, target, within, absent }) {
  const load = loadOf({ calls, handling });
  for (let seats = Math.floor(load) + 1; seats <= MOST; seats += 1) {
    const queue = withSeats({ calls, handling, seats });
    const answered = servedWithin(queue, within / HOUR);
    if (answered >= target) {
      return {
        load,
        seats,
        answered,
        occupancy: queue.utilisation,
        waitSeconds: queue.waitHours * HOUR,
        roster: rosterOf({ seats, absent }),
        bySquareRoot: Math.ceil(load + Math.sqrt(load)),
      };
    }
  }
  return null;
}

function bars(svg, question, found) {
  const first = Math.max(Math.floor(found.load) + 1, found.seats - 4);
  const at = axes(svg, {
    x: [0, BARS],
    y: [0, 1],
    ticksX: Array.from({ length: BARS }, (_, n) => [n + 0.5, `${first + n} 席`]),
    ticksY: [0, 0.25, 0.5, 0.75, 1].map((share) => [share, percent(share, 0)]),
    nameX: "同时在线的席位",
    nameY: `${question.within} 秒接通率`,
  });
  for (let n = 0; n < BARS; n += 1) {
    const answered = servedWithin(withSeats({ ...question, seats: first + n }), question.within / HOUR);
    const kind = first + n === found.seats ? "bar chosen" : answered >= question.target ? "bar" : "bar short";
    draw(svg, "rect", { class: kind, x: at.x(n + 0.14), y: at.y(answered), width: at.x(0.72) - at.x(0), height: at.box.bottom - at.y(answered) });
    draw(svg, "text", { class: "label", x: at.x(n + 0.5), y: at.y(answered) - 4, "text-anchor": "middle" }, percent(answered, 0));
  }
  draw(svg, "line", { class: "target", x1: at.box.left, x2: at.box.right, y1: at.y(question.target), y2: at.y(question.target) });
}

start("seats", (root) => {
  const chart = root.querySelector("[data-chart=bars]");
  const update = () => {
    const { values, fault } = read(root);
    if (fault) return say(root, fault, { isLost: true });
    const question = { ...values, target: values.target / 100, absent: values.absent / 100 };
    const found = staff(question);
    if (!found) {
      chart.replaceChildren();
      show(root, { seats: "—", answered: "—", wait: "—", occupancy: "—", roster: "—", load: fixed(loadOf(question), 1) });
      return say(root, `排到 ${MOST} 席也达不到 ${values.target}% 的目标。把目标放低一点，或者先想办法少来几通电话。`, { isLost: true });
    }
    show(root, {
      load: fixed(found.load, 1),
      seats: `${found.seats} 席`,
      answered: percent(found.answered),
      wait: `${fixed(found.waitSeconds)} 秒`,
      occupancy: percent(found.occupancy),
      roster: `${found.roster} 人`,
    });
    bars(chart, question, found);
    say(
      root,
      `活有 ${fixed(found.load, 1)} Erlang，也就是 ${fixed(found.load, 1)} 个人一刻不停才做得完。要 ${percent(question.target, 0)} 的来电在 ${values.within} 秒内接起，` +
        `最少 ${found.seats} 席，接通率 ${percent(found.answered)}；扣掉缺席，花名册要 ${found.roster} 人。平方根法则估的是 ${found.bySquareRoot} 席。`,
    );
  };
  root.addEventListener("input", update);
  update();
});
