import type { ComponentChildren } from 'preact'
import { escapeHidden } from '../../domain/client-text.ts'
import type { Difference } from '../../domain/contract/identities.ts'
import { escapeToken, pairLines, partsOf } from './json-lines.ts'

export const TextBlock = ({ text, label }: { readonly text: string; readonly label: string }) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable frame must be focusable
  <section class="text-block" tabIndex={0} aria-label={label}>
    <pre>{escapeHiddenLines(text)}</pre>
  </section>
)

/** A longer document is shown as plain text, which a browser lays out and searches faster. */
const maxFoldedLines = 5000

export const JsonView = ({
  value,
  label,
  marked = [],
}: {
  readonly value: unknown
  readonly label: string
  readonly marked?: readonly string[] | undefined
}) => {
  const text = JSON.stringify(value, null, 2)
  if (countLines(text) > maxFoldedLines) return <TextBlock text={text} label={label} />
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable frame must be focusable
    <section class="text-block" tabIndex={0} aria-label={label}>
      <JsonTree value={value} marked={new Set(marked)} />
    </section>
  )
}

function countLines(text: string): number {
  let lines = 1
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines++
  return lines
}

export const JsonComparison = ({
  before,
  after,
  names,
}: {
  readonly before: unknown
  readonly after: unknown
  readonly names: Readonly<Record<string, string>>
}) => (
  <div class="table-frame">
    <table class="json-comparison">
      <thead>
        <tr>
          <th scope="col">Before</th>
          <th scope="col">After</th>
        </tr>
      </thead>
      <tbody>
        {pairLines(before, after).map((pair, index) => (
          <tr key={index} class={pair.before === pair.after ? undefined : 'changed'}>
            <td>
              <JsonText text={pair.before} names={names} changed={pair.before !== pair.after && 'del'} />
            </td>
            <td>
              <JsonText text={pair.after} names={names} changed={pair.before !== pair.after && 'ins'} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  </div>
)

function JsonText({
  text,
  names,
  changed,
}: {
  readonly text: string | undefined
  readonly names: Readonly<Record<string, string>>
  readonly changed: 'del' | 'ins' | false
}) {
  if (text === undefined) return null
  const line = escapeHidden(text)
  const name = nameIn(text, names)
  const Tag = changed || 'span'
  return (
    <>
      <Tag>{line}</Tag>
      {name !== undefined && <span class="muted"> {escapeHidden(name)}</span>}
    </>
  )
}

function nameIn(line: string, names: Readonly<Record<string, string>>): string | undefined {
  const id = /"([^"]+)"$/.exec(line)?.[1]
  return id !== undefined && Object.hasOwn(names, id) ? names[id] : undefined
}

const escapeHiddenLines = (text: string): string => text.split('\n').map(escapeHidden).join('\n')

export const formatValue = (value: unknown): string => {
  if (value === undefined) return ''
  return escapeHidden(typeof value === 'string' ? value : JSON.stringify(value))
}

const noNames: Readonly<Record<string, string>> = {}

export const formatNamed = (value: unknown, names: Readonly<Record<string, string>>): string =>
  typeof value === 'string' && Object.hasOwn(names, value)
    ? `${escapeHidden(names[value] ?? '')} (${escapeHidden(value)})`
    : formatValue(value)

export const Differences = ({
  differences,
  names = noNames,
}: {
  readonly differences: readonly Difference[]
  readonly names?: Readonly<Record<string, string>> | undefined
}) =>
  differences.length === 0 ? null : (
    <dl class="differences">
      {differences.map(({ path, kind, before, after }) => (
        <div key={path} class={kind}>
          <dt>
            <code>{escapeHidden(path)}</code> <span class="visually-hidden">{kind}</span>
          </dt>
          <dd>
            {before !== undefined && <del>{formatNamed(before, names)}</del>}
            {before !== undefined && after !== undefined && <span aria-hidden="true"> → </span>}
            {after !== undefined && <ins>{formatNamed(after, names)}</ins>}
          </dd>
        </div>
      ))}
    </dl>
  )

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
const JsonTree = ({ value, marked }: Pick<NodeProps, 'value' | 'marked'>) => (
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
