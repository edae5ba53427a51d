import type { Difference } from '../answers.ts'
import { visible } from './basics.tsx'
import { valueWords } from './json.tsx'

const kinds = { added: 'added', removed: 'removed', changed: 'changed' } as const

/** What differs between two states of a resource, attribute by attribute. */
export const Differences = ({ differences }: { readonly differences: readonly Difference[] }) =>
  differences.length === 0 ? (
    <p class="muted">No attribute differs.</p>
  ) : (
    <dl class="differences">
      {differences.map(({ path, kind, before, after }) => (
        <div key={path} class={kind}>
          <dt>
            <code>{visible(path)}</code> <span class="unseen">{kinds[kind]}</span>
          </dt>
          <dd>
            {before !== undefined && <del>{valueWords(before)}</del>}
            {before !== undefined && after !== undefined && <span aria-hidden="true"> → </span>}
            {after !== undefined && <ins>{valueWords(after)}</ins>}
          </dd>
        </div>
      ))}
    </dl>
  )
