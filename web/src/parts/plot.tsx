// Rows over time.

import type { Task } from '../api/types';
import { words } from '../state/look';
import { curveOf } from '../state/samples';

const WIDTH = 480;
const HEIGHT = 200;
/** Room for the numbers. */
const LEFT = 64;
const BOTTOM = 22;
const TOP = 8;
/** Up to so many samples are marked, so that a line between two of them is not taken for more. */
const DOTS = 60;

export function Plot({ task }: { task: Task }) {
  const t = words.value;
  const samples = curveOf(task);
  return (
    <section class="card">
      <h2>{t.task.plot}</h2>
      {samples.length < 2 ? (
        <p class="muted plot">{t.task.plotNone}</p>
      ) : (
        <Line samples={samples} />
      )}
    </section>
  );
}

function Line({ samples }: { samples: ReturnType<typeof curveOf> }) {
  const t = words.value;
  const first = samples[0] as (typeof samples)[number];
  const last = samples[samples.length - 1] as (typeof samples)[number];
  const seconds = Math.max((last.at - first.at) / 1000, 0.001);
  const most = Math.max(last.rows, 1);
  const x = (at: number) => LEFT + ((at - first.at) / 1000 / seconds) * (WIDTH - LEFT - 8);
  const y = (rows: number) => TOP + (1 - rows / most) * (HEIGHT - TOP - BOTTOM);
  const points = samples.map((one) => `${x(one.at).toFixed(1)},${y(one.rows).toFixed(1)}`);
  const label = t.task.plotLabel(t.rows.count(last.rows), t.f.seconds(seconds));
  const floor = y(0);
  return (
    <svg class="plot" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label}>
      {[0, 0.5, 1].map((part) => (
        <g key={part}>
          <line class="grid" x1={LEFT} x2={WIDTH - 8} y1={y(most * part)} y2={y(most * part)} />
          <text x={LEFT - 6} y={y(most * part) + 4} text-anchor="end">
            {t.f.number(most * part)}
          </text>
        </g>
      ))}
      <polygon
        class="area"
        points={`${LEFT},${floor} ${points.join(' ')} ${x(last.at)},${floor}`}
      />
      <polyline class="curve" points={points.join(' ')} />
      {samples.length <= DOTS &&
        samples.map((one) => (
          <circle key={one.at} class="seen" cx={x(one.at)} cy={y(one.rows)} r="2.5" />
        ))}
      <text x={LEFT} y={HEIGHT - 6}>
        {t.f.seconds(0)}
      </text>
      <text x={WIDTH - 8} y={HEIGHT - 6} text-anchor="end">
        {t.f.seconds(seconds)}
      </text>
    </svg>
  );
}
