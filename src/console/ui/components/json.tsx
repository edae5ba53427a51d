import type { Json } from '../answers.ts'
import { visible } from './basics.tsx'

/** A text of several lines in a frame that scrolls. It stays a text: nothing in it becomes markup. */
export const TextBlock = ({ text, label }: { readonly text: string; readonly label: string }) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
  <section class="text-block" tabIndex={0} aria-label={label}>
    <pre>{visibleLines(text)}</pre>
  </section>
)

/** JSON as people read it. */
export const JsonView = ({ value, label }: { readonly value: Json; readonly label: string }) => (
  <TextBlock text={JSON.stringify(value, null, 2)} label={label} />
)

/** A text over several lines, as it is but for what can't be seen. */
const visibleLines = (text: string): string => text.split('\n').map(visible).join('\n')

/** A value in a line: texts bare, all else as JSON. */
export const valueWords = (value: Json | undefined): string => {
  if (value === undefined) return ''
  return visible(typeof value === 'string' ? value : JSON.stringify(value))
}
