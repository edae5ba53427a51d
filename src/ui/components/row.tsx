import { escapeHidden } from '../../domain/client-text.ts'
import type { Need } from '../../domain/contract/operation.ts'
import { formatWhen } from '../../domain/headline.ts'
import { isAvailable } from '../caller.ts'
import { formatDateTime, intlZone, zoneLabel } from '../format.ts'
import { clockLead, currentTenant } from '../state.ts'
import { ActionButton } from './buttons.tsx'
import type { Column } from './collection.tsx'
import { type AnyForm, type Question, question } from './form.tsx'
import { May } from './may.tsx'
import { ClientText } from './text.tsx'

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
      readonly form?: ((item: Item) => AnyForm) | undefined
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
      .map(
        ([
          label,
          { asks, form = asks && ((one: Item) => question(label, asks(one))), run, need, isDisabled },
        ]) =>
          form ? (
            <button
              key={label}
              type="button"
              class="plain"
              disabled={isDisabled?.(item)}
              onClick={() => open(form(item))}
            >
              {label}…
            </button>
          ) : (
            <May key={label} need={need ?? 'destroy'}>
              <ActionButton disabled={isDisabled?.(item) ?? false} onAction={() => run?.(item)}>
                {label}
              </ActionButton>
            </May>
          ),
      )}
  </>
)
