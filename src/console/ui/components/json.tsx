import type { Json } from '../answers.ts'
import { visible } from './basics.tsx'

/** JSON as people read it. Texts stay texts: nothing in them becomes markup. */
export const JsonView = ({ value }: { readonly value: Json }) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
  <pre class="json" tabIndex={0}>
    {visibleLines(JSON.stringify(value, null, 2))}
  </pre>
)

/** A text over several lines, as it is but for what can't be seen. */
export const visibleLines = (text: string): string => text.split('\n').map(visible).join('\n')

/** A value in a line: short texts bare, all else as JSON. */
export const valueWords = (value: Json | undefined): string => {
  if (value === undefined) return ''
  return visible(typeof value === 'string' ? value : JSON.stringify(value))
}
