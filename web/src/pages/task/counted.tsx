// A small table of names with numbers beside them.

import type { ComponentChildren } from 'preact';
import { words } from '../../state/look';

export interface Line {
  key: string;
  name: ComponentChildren;
  numbers: string[];
}

/** `heads` are those of the numbers. Without lines it says that there are none. */
export function Counted(props: { title: string; name: string; heads: string[]; lines: Line[] }) {
  const { title, name, heads, lines } = props;
  return (
    <section class="counted">
      <h3>{title}</h3>
      {lines.length === 0 ? (
        <p class="muted">{words.value.scores.result.none}</p>
      ) : (
        <table class="costs">
          <thead>
            <tr>
              <th scope="col">{name}</th>
              {heads.map((head) => (
                <th scope="col" key={head}>
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {lines.map((line) => (
              <tr key={line.key}>
                <th scope="row">{line.name}</th>
                {line.numbers.map((number, place) => (
                  <td key={heads[place]}>{number}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
