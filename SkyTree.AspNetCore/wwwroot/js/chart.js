// A chart over time, drawn by uPlot. The page sends what it has not sent yet; all of it is kept here.
import uPlot from '../lib/uplot/uPlot.esm.js';

const byteUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
const countUnits = ['', 'k', 'M', 'G'];
const scaled = (value, base, units) => {
  let unit = 0;
  while (Math.abs(value) >= base * 0.9995 && unit < units.length - 1) {
    value /= base;
    unit++;
  }
  return `${Number(value.toPrecision(3))} ${units[unit]}`.trim();
};
const bytes = value => scaled(value, 1024, byteUnits);
const counts = value => scaled(value, 1000, countUnits);
const powersOfTwo = Array.from({ length: 61 }, (_, power) => 2 ** power);
const wholes = Array.from({ length: 16 }, (_, power) => [1, 2, 5].map(digit => digit * 10 ** power)).flat();
const units = {
  Count: { text: counts, steps: wholes },
  Rate: { text: value => `${counts(value)}/s` },
  Bytes: { text: bytes, steps: powersOfTwo },
  ByteRate: { text: value => `${bytes(value)}/s`, steps: powersOfTwo },
};

const color = name => getComputedStyle(document.documentElement).getPropertyValue(name);
const utc = seconds => uPlot.tzDate(new Date(seconds * 1e3), 'Etc/UTC');
const moment = uPlot.fmtDate('{YYYY}-{MM}-{DD} {HH}:{mm}:{ss} UTC');

// For each distance of marks: how they are written, and what stands below the first one and where a day begins.
const marks = [
  [86400, '{MMM} {D}', null, null, null, null, null, null, 1],
  [60, '{HH}:{mm}', null, null, '\n{MMM} {D}', null, null, null, 1],
  [1, '{HH}:{mm}:{ss}', null, null, null, null, null, null, 1],
];

/** Where a value stands between two gaps there is no line: it is a dot. */
function lonely(plot, index) {
  const values = plot.data[index];
  const dots = values.flatMap((value, i) => value != null && values[i - 1] == null && values[i + 1] == null ? [i] : []);
  return dots.length > 0 ? dots : null;
}

/** What is read beside the moment that is pointed at. */
function note(lines, text) {
  const box = document.createElement('div');
  box.className = 'st-chart-note';
  box.hidden = true;
  const show = plot => {
    const { idxs: [, idx], left } = plot.cursor;
    box.hidden = idx == null || !plot.over.matches(':hover');
    if (box.hidden) {
      return;
    }

    const time = document.createElement('b');
    time.textContent = moment(utc(plot.data[0][idx]));
    box.replaceChildren(time, ...lines.flatMap((line, i) => {
      const name = document.createElement('span');
      const value = document.createElement('span');
      name.textContent = line.name;
      value.textContent = plot.data[i + 1][idx] == null ? '–' : text(plot.data[i + 1][idx]);
      return [name, value];
    }));
    const room = plot.over.clientWidth - box.offsetWidth;
    box.style.left = `${Math.max(0, left + 14 > room ? Math.min(room, left - box.offsetWidth - 14) : left + 14)}px`;
  };
  return { hooks: { init: plot => plot.over.append(box), setCursor: show, setData: show } };
}

class Chart {
  #host;
  #plot;
  #points;
  #size = new ResizeObserver(() => this.#fit());
  #recolor = () => this.#plot.redraw(false);

  constructor(host, unit, lines) {
    const { text, steps } = units[unit];
    const axis = { stroke: () => color('--st-text-soft'), font: '12px "Roboto Variable", Roboto, sans-serif', ticks: { show: false } };
    this.#host = host;
    this.#points = { from: 0, to: 1, times: [], values: lines.map(() => []) };
    this.#plot = new uPlot({
      width: host.clientWidth,
      height: host.clientHeight,
      padding: [8, 8, 0, 0],
      legend: { show: false },
      tzDate: utc,
      plugins: [note(lines, text)],
      cursor: { y: false, dataIdx: (plot, _, nearest, time) => this.#isAt(plot, nearest, time) ? nearest : null, drag: { setScale: false, x: false, y: false }, points: { size: 8 }, sync: { key: 'portal' } },
      scales: { x: { range: () => [this.#points.from, this.#points.to] }, y: { range: (_, low, high) => [0, Math.max(1, (high ?? 0) * 1.08)] } },
      axes: [
        { ...axis, grid: { show: false }, values: marks, space: (_, axis, from, to) => to - from < 240 ? 76 : 48, size: 40, gap: 6 },
        { ...axis, grid: { stroke: () => color('--st-line'), width: 1 }, values: (_, splits) => splits.map(text), incrs: steps, space: 34, size: 74, gap: 8 },
      ],
      series: [{}, ...lines.map(line => ({
        label: line.name,
        stroke: () => color(line.color),
        width: 1.75,
        dash: line.isBad ? [5, 4] : undefined,
        points: { show: false, filter: lonely, size: 4, fill: () => color(line.color) },
      }))],
    }, [[], ...lines.map(() => [])], host);
    this.#size.observe(host);
    document.addEventListener('skytree-theme', this.#recolor);
  }

  /** Takes values: all of them, or those from a moment on. Times are seconds. */
  show(points) {
    const old = this.#points;
    const kept = points.isMore ? old.times.flatMap((time, i) => time >= points.from && time < points.times[0] ? [i] : []) : [];
    this.#points = {
      ...points,
      times: [...kept.map(i => old.times[i]), ...points.times],
      values: points.values.map((latest, line) => [...kept.map(i => old.values[line][i]), ...latest]),
    };
    this.#plot.setData(this.#broken());
    this.#host.dataset.values = this.#points.times.length;
  }

  dispose() {
    document.removeEventListener('skytree-theme', this.#recolor);
    this.#size.disconnect();
    this.#plot.destroy();
  }

  /** Where no value was taken for a while, lines are broken. */
  #broken() {
    const { times, values, step } = this.#points;
    const data = [[], ...values.map(() => [])];
    times.forEach((time, i) => {
      if (i > 0 && time - times[i - 1] > step * 2.5) {
        data[0].push(times[i - 1] + step);
        values.forEach((_, line) => data[line + 1].push(null));
      }
      data[0].push(time);
      values.forEach((line, index) => data[index + 1].push(line[i]));
    });
    return data;
  }

  /** Far from all values nothing is read. */
  #isAt(plot, index, time) {
    const distance = Math.abs(plot.data[0][index] - time);
    return distance <= this.#points.step * 2.5 || distance <= plot.posToVal(8, 'x') - plot.posToVal(0, 'x');
  }

  #fit() {
    const { clientWidth: width, clientHeight: height } = this.#host;
    if (width > 0 && (width !== this.#plot.width || height !== this.#plot.height)) {
      this.#plot.setSize({ width, height });
    }
  }
}

/** Draws one in an element that has a size; unit and lines stay as they are. */
export const create = (host, unit, lines) => new Chart(host, unit, lines);
