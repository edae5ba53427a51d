import type { Explanation } from '../../answers.ts'
import { Badge, type Tone, visible } from '../../components/basics.tsx'
import { Differences } from '../../components/differences.tsx'
import { valueWords } from '../../components/json.tsx'

type Operation = Explanation['operations'][number]

const outcomes: Readonly<Record<Operation['outcome'], readonly [words: string, tone: Tone]>> = {
  changed: ['changed', 'good'],
  'no-effect': ['no effect', 'plain'],
  refused: ['refused', 'bad'],
  'not-reached': ['not reached', 'plain'],
}

/** What became of each operation of a PATCH. */
export const Operations = ({ operations }: { readonly operations: readonly Operation[] }) => {
  if (operations.length === 0) return null
  return (
    <section class="card" aria-label="Operations">
      <h2>Operations</h2>
      <ol class="operations">
        {operations.map(operation => (
          <li key={operation.index}>
            <p>
              <Outcome outcome={operation.outcome} /> <code>{visible(operation.op)}</code>{' '}
              {operation.path !== undefined && <code>{visible(operation.path)}</code>}{' '}
              {operation.value !== undefined && <code class="value">{valueWords(operation.value)}</code>}
            </p>
            <p class="muted">{operation.words}</p>
            {operation.differences.length > 0 && <Differences differences={operation.differences} />}
          </li>
        ))}
      </ol>
    </section>
  )
}

const Outcome = ({ outcome }: Pick<Operation, 'outcome'>) => {
  const [words, tone] = outcomes[outcome]
  return <Badge tone={tone}>{words}</Badge>
}
