import type { Difference } from '../../contract/identities.ts'
import { escapeHidden } from './text.tsx'

/** Several lines of text in a frame that scrolls. Nothing in the text becomes markup. */
export const TextBlock = ({ text, label }: { readonly text: string; readonly label: string }) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable frame must be focusable
  <section class="text-block" tabIndex={0} aria-label={label}>
    <pre>{escapeHiddenLines(text)}</pre>
  </section>
)

/** Indented JSON. */
export const JsonView = ({ value, label }: { readonly value: unknown; readonly label: string }) => (
  <TextBlock text={JSON.stringify(value, null, 2)} label={label} />
)

/** Escapes invisible characters, but keeps line breaks. */
const escapeHiddenLines = (text: string): string => text.split('\n').map(escapeHidden).join('\n')

/** A value in one line: strings without quotes, everything else as JSON. */
export const formatValue = (value: unknown): string => {
  if (value === undefined) return ''
  return escapeHidden(typeof value === 'string' ? value : JSON.stringify(value))
}

/** The differences between two revisions of a resource by attribute. */
export const Differences = ({ differences }: { readonly differences: readonly Difference[] }) =>
  differences.length === 0 ? null : (
    <dl class="differences">
      {differences.map(({ path, kind, before, after }) => (
        <div key={path} class={kind}>
          <dt>
            <code>{escapeHidden(path)}</code> <span class="visually-hidden">{kind}</span>
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
