import type { ComponentChildren } from 'preact'
import { escapeHidden } from '../../domain/client-text.ts'
import type { Need } from '../../domain/contract/operation.ts'
import { formatWhen } from '../../domain/headline.ts'
import { isAvailable } from '../caller.ts'
import { formatDateTime, intlZone, zoneLabel } from '../format.ts'
import { clockLead, currentTenant } from '../state.ts'
import { ActionButton } from './buttons.tsx'
import { type AnyForm, type Question, question } from './form.tsx'
import { May } from './may.tsx'
import { ClientText } from './text.tsx'

export type Column<Item> = {
  readonly name: string
  /** What CSV has and a list without `order` is sorted by. A column is hidden if all are blank, or equal in words or numbers. */
  readonly text: (item: Item) => string | number | undefined
  /** What a row shows; by default its text: numbers and times are formatted, the rest is isolated as a client's. */
  readonly of?: (item: Item) => ComponentChildren
  /** The page that the text leads to. */
  readonly to?: (item: Item) => string | undefined
  /** An ID, a flag. */
  readonly code?: true
  readonly tone?: (item: Item) => 'plain' | 'disabled' | 'bad' | false | undefined
  readonly title?: (item: Item) => string | undefined
  /** What is wrong with the item, after the text. */
  readonly warning?: (item: Item) => string | false | undefined
  /** What stands for no text, such as "never". */
  readonly absent?: string
  /** The name of the order at the API, for lists that are loaded page by page. */
  readonly order?: string
  /** `rest` takes the width that is left, and wraps; `text` wraps, too. Numbers and times stand at the right. */
  readonly kind?: 'name' | 'text' | 'rest' | 'number' | 'time'
  /** Hidden until it is chosen. */
  readonly extra?: true
  /** Shown even if it says the same in each row. */
  readonly always?: true
  /** A phone, which has two lines a row, leaves it out. */
  readonly wide?: true
  readonly need?: Need
}

/** "09:15" today, else a date, by the clock of the tenant that is shown. */
export const When = ({ at }: { readonly at: string }) => {
  const date = new Date(at)
  return (
    <time dateTime={at} title={`${formatDateTime(date)} ${zoneLabel(date)}`}>
      {formatWhen(at, Date.now() + clockLead(currentTenant.value), intlZone())}
    </time>
  )
}

/** What a row shows of an item, as its column says. */
export function Cell<Item>({ column, item }: { readonly column: Column<Item>; readonly item: Item }) {
  const { of, to, tone, title, warning } = column
  if (of) return <>{of(item)}</>
  const weight = tone?.(item)
  const looks = { class: weight ? `status-${weight}` : undefined, title: title?.(item) }
  const text = <Text column={column} item={item} />
  const page = to?.(item)
  const warned = warning?.(item)
  return (
    <>
      {page === undefined ? (
        looks.class || looks.title ? (
          <span {...looks}>{text}</span>
        ) : (
          text
        )
      ) : (
        <a href={page} {...looks}>
          {text}
        </a>
      )}
      {warned && <span class="status-disabled"> {warned}</span>}
    </>
  )
}

function Text<Item>({
  column: { text, kind, code, absent },
  item,
}: {
  readonly column: Column<Item>
  readonly item: Item
}) {
  const value = text(item)
  if (value === undefined || value === '') return <>{absent}</>
  if (typeof value === 'number') return <>{value.toLocaleString('en')}</>
  if (kind === 'time') return <When at={value} />
  return code ? <code>{escapeHidden(value)}</code> : <ClientText text={value} />
}

/** What can be done with an item, by the label of its button: `Delete` becomes "Delete…". */
export type Actions<Item> = Readonly<
  Record<
    string,
    {
      /** A form is opened, or a question whose button has the same label; anything else is done at once. */
      readonly form?: (item: Item) => AnyForm
      readonly asks?: (item: Item) => Question
      readonly run?: (item: Item) => unknown
      readonly need?: Need
      readonly isOffered?: (item: Item) => boolean
      readonly isDisabled?: (item: Item) => boolean
    }
  >
>

export const ActionButtons = <Item,>({
  item,
  actions,
  open,
}: {
  readonly item: Item
  readonly actions: Actions<Item>
  readonly open: (form: AnyForm) => void
}) => (
  <>
    {Object.entries(actions)
      .filter(([, { need = 'destroy', isOffered }]) => isAvailable(need) && (isOffered?.(item) ?? true))
      .map(([label, { asks, form, run, need, isDisabled }]) => {
        const formOf = asks ? () => question(label, asks(item)) : form
        return formOf ? (
          <button
            key={label}
            type="button"
            class="plain"
            disabled={isDisabled?.(item)}
            onClick={() => open(formOf(item))}
          >
            {label}…
          </button>
        ) : (
          <May key={label} need={need ?? 'destroy'}>
            <ActionButton disabled={isDisabled?.(item) ?? false} onAction={() => run?.(item)}>
              {label}
            </ActionButton>
          </May>
        )
      })}
  </>
)
