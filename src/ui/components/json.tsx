import type { Difference, Json } from '../answers.ts'
import { escapeHidden } from './elements.tsx'

/** A text of several lines in a frame that scrolls. It stays a text: nothing in it becomes markup. */
export const TextBlock = ({ text, label }: { readonly text: string; readonly label: string }) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
  <section class="text-block" tabIndex={0} aria-label={label}>
    <pre>{escapeHiddenLines(text)}</pre>
  </section>
)

/** JSON as people read it. */
export const JsonView = ({ value, label }: { readonly value: Json; readonly label: string }) => (
  <TextBlock text={JSON.stringify(value, null, 2)} label={label} />
)

/** A text over several lines, as it is but for what can't be seen. */
const escapeHiddenLines = (text: string): string => text.split('\n').map(escapeHidden).join('\n')

/** A value in a line: texts bare, all else as JSON. */
export const formatValue = (value: Json | undefined): string => {
  if (value === undefined) return ''
  return escapeHidden(typeof value === 'string' ? value : JSON.stringify(value))
}

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
            <code>{escapeHidden(path)}</code> <span class="unseen">{kinds[kind]}</span>
          </dt>
          <dd>
            {before !== undefined && <del>{formatValue(before)}</del>}
            {before !== undefined && after !== undefined && <span aria-hidden="true"> → </span>}
            {after !== undefined && <ins>{formatValue(after)}</ins>}
          </dd>
        </div>
      ))}
    </dl>
  )
