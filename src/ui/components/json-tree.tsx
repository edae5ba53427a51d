import type { ComponentChildren } from 'preact'
import { escapeToken, partsOf } from './json-lines.ts'
import { escapeHidden } from './text.tsx'

type NodeProps = {
  readonly value: unknown
  readonly pointer: string
  readonly name: string
  readonly comma: string
  readonly marked: ReadonlySet<string>
}

/**
 * Indented JSON. Each object and array can be folded, with the arrow keys, too. All are unfolded at first, so that the browser's
 * search finds every text.
 */
export const JsonTree = ({ value, marked }: Pick<NodeProps, 'value' | 'marked'>) => (
  // biome-ignore lint/a11y/noStaticElementInteractions: the keys belong to the summaries in it
  <div class="json-tree" onKeyDown={onKeyDown}>
    <Node value={value} pointer="" name="" comma="" marked={marked} />
  </div>
)

const Node = ({ value, pointer, name, comma, marked }: NodeProps) => {
  const parts = partsOf(value)
  const isMarked = marked.has(pointer)
  if (parts.length === 0) {
    return (
      <div>
        <Line isMarked={isMarked}>{escapeHidden(`${name}${JSON.stringify(value)}${comma}`)}</Line>
      </div>
    )
  }
  const isArray = Array.isArray(value)
  const [open, close] = isArray ? '[]' : '{}'
  return (
    <details open>
      {/* One tab stop for the document: the arrow keys reach the others. */}
      <summary tabIndex={pointer === '' ? 0 : -1}>
        <Line isMarked={isMarked}>{escapeHidden(`${name}${open}`)}</Line>
        <span class="folded">
          {' '}
          {parts.length} … {close}
          {comma}
        </span>
      </summary>
      <div class="json-parts">
        {parts.map(([key, part], index) => (
          <Node
            key={key}
            value={part}
            pointer={`${pointer}/${escapeToken(key)}`}
            name={isArray ? '' : `${JSON.stringify(key)}: `}
            comma={index < parts.length - 1 ? ',' : ''}
            marked={marked}
          />
        ))}
      </div>
      {close}
      {comma}
    </details>
  )
}

const Line = ({
  isMarked,
  children,
}: {
  readonly isMarked: boolean
  readonly children: ComponentChildren
}) => (isMarked ? <mark>{children}</mark> : <span>{children}</span>)

function onKeyDown(event: KeyboardEvent & { readonly currentTarget: HTMLElement }): void {
  const { key, target, currentTarget: tree } = event
  if (!(target instanceof HTMLElement) || target.tagName !== 'SUMMARY') return
  const shown = [...tree.querySelectorAll('summary')].filter(summary => summary.checkVisibility())
  const at = shown.indexOf(target)
  const details = target.parentElement as HTMLDetailsElement
  const actions: Readonly<Record<string, () => void>> = {
    ArrowDown: () => shown[at + 1]?.focus(),
    ArrowUp: () => shown[at - 1]?.focus(),
    ArrowLeft: () => {
      if (details.open) details.open = false
      else details.parentElement?.closest('details')?.querySelector('summary')?.focus()
    },
    ArrowRight: () => {
      details.open = true
    },
    '*': () => {
      const { open } = details
      for (const each of tree.querySelectorAll('details')) each.open = !open
    },
  }
  const action = actions[key]
  if (!action) return
  event.preventDefault()
  action()
}
