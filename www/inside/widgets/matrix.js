// A square of weights that can be pointed at.
import { el, onLeave, ramp, shade } from './draw.js';

/** A square of weights; row i is who listens, column j to whom. Points and keys choose a cell. */
export class Matrix {
  at = null;

  constructor(host, { label, onpoint }) {
    this.canvas = el('canvas.matrix', { role: 'application', 'aria-label': label, tabindex: 0 });
    host.append(this.canvas);
    this.onpoint = onpoint;
    const cell = (e) =>
      [e.offsetY, e.offsetX].map((v) =>
        Math.min(this.n - 1, Math.max(0, Math.floor((v / this.canvas.clientWidth) * this.n))),
      );
    this.canvas.addEventListener('pointermove', (e) => this.#point(cell(e)));
    this.canvas.addEventListener('pointerdown', (e) => {
      const isAgain = e.pointerType === 'touch' && String(cell(e)) === String(this.at);
      this.#point(isAgain ? null : cell(e));
    });
    onLeave(this.canvas, () => this.#point(null));
    this.canvas.addEventListener('keydown', (e) => {
      const [di, dj] = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[e.key] ?? [];
      if (di === undefined) return;
      e.preventDefault();
      e.stopPropagation();
      const [i, j] = this.at ?? [-di, -dj];
      this.#point([(i + di + this.n) % this.n, (j + dj + this.n) % this.n]);
    });
  }

  /** `weight(i, j)`; cells are shaded by the square root of their share of the largest. */
  show(n, weight) {
    this.n = n;
    this.weight = weight;
    this.draw();
  }

  draw() {
    const { n, canvas } = this;
    const cell = Math.max(4, Math.round(672 / n));
    if (canvas.width !== n * cell) Object.assign(canvas, { width: n * cell, height: n * cell });
    const g = canvas.getContext('2d');
    const ends = ramp();
    let most = 1e-9;
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) most = Math.max(most, this.weight(i, j));
    const gap = n < 20 ? 2 : 0;
    g.clearRect(0, 0, canvas.width, canvas.height);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        g.fillStyle = shade(Math.sqrt(this.weight(i, j) / most), ends);
        g.fillRect(j * cell, i * cell, cell - gap, cell - gap);
      }
    }
    if (!this.at) return;
    const [i, j] = this.at;
    g.strokeStyle = getComputedStyle(canvas).color;
    g.lineWidth = 1.5;
    g.strokeRect(0.75, i * cell + 0.75, n * cell - 1.5, cell - 1.5);
    g.strokeRect(j * cell + 0.75, 0.75, cell - 1.5, n * cell - 1.5);
    g.lineWidth = 4;
    g.strokeRect(j * cell + 1, i * cell + 1, cell - 2, cell - 2);
  }

  #point(at) {
    if (String(at) === String(this.at)) return;
    this.at = at;
    this.draw();
    this.onpoint(at);
  }
}
