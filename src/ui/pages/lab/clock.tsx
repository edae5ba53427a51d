import { useEffect, useState } from 'preact/hooks'
import type { ClockChange, Clock as ClockState } from '../../../domain/contract/tenants.ts'
import { day, formatSpan } from '../../../domain/duration.ts'
import { formatWhen } from '../../../domain/headline.ts'
import { call } from '../../api.ts'
import { ActionButton } from '../../components/buttons.tsx'
import { ProblemBox } from '../../components/feedback.tsx'
import { form, useForms } from '../../components/form.tsx'
import { May } from '../../components/may.tsx'
import { ClientText } from '../../components/text.tsx'
import { formatDateTime, intlZone } from '../../format.ts'
import { announce } from '../../frame/notice.tsx'
import { useLoad, useReload } from '../../load.ts'
import { sessionOf } from '../../state.ts'

const advances: Readonly<Record<string, string>> = { '40m': '+40 min', '1d': '+1 day', '30d': '+30 days' }

/** AWS warns 90 days before a token of a year expires. */
const tokenWarning = 90 * day

/** The virtual clock controls token expiry, inactivity and timestamps of a tenant. */
export function Clock({ tenant }: { readonly tenant: string }) {
  const loaded = useLoad('GET /tenants/:tenant/clock', { params: { tenant } })
  useReload(loaded.reload)
  const overview = useLoad('GET /tenants/:tenant/overview', { params: { tenant } })
  useReload(overview.reload, ['cycle'])
  const { open, dialog } = useForms(loaded.reload)
  const clock = loaded.value.value
  const problem = loaded.problem.value
  const move = async (body: ClockChange) => {
    const { now } = await call('PUT /tenants/:tenant/clock', { params: { tenant }, body })
    loaded.reload()
    return `Clock of ${tenant} set to ${formatDateTime(new Date(now))}.`
  }
  const next = overview.value.value?.newest?.next?.tenantExpected
  const places = placesToGo(clock?.now ?? '', next, overview.value.value?.tokens ?? [])
  const setClock = () =>
    form<{ readonly now: string }>({
      title: 'Set the clock',
      label: 'Set',
      text: 'It can only move forward. A reset of the tenant returns it to the server’s time.',
      fields: field => field('now', { label: 'Time', kind: 'time' }),
      submit: ({ now }) => move({ now: new Date(now).toISOString() }),
    })
  return (
    <section aria-label="Clock">
      <h2>Clock</h2>
      {problem && <ProblemBox problem={problem} />}
      <div class="now">{clock && <Now clock={clock} tenant={tenant} next={next} />}</div>
      <May need="write" readOnly={sessionOf(tenant) !== undefined}>
        <div class="actions">
          {Object.entries(places).map(([label, time]) => (
            <ActionButton
              key={label}
              disabled={time === undefined}
              onAction={async () => announce(await move({ now: time ?? '' }))}
            >
              {label}
            </ActionButton>
          ))}
          {Object.entries(advances).map(([advance, label]) => (
            <ActionButton key={advance} onAction={async () => announce(await move({ advance }))}>
              {label}
            </ActionButton>
          ))}
          <button type="button" class="plain" onClick={() => open(setClock())}>
            Set…
          </button>
        </div>
      </May>
      {dialog}
    </section>
  )
}

/** Times that a test wants to reach, as ISO texts; undefined if they are unknown or past. */
function placesToGo(
  now: string,
  next: string | undefined,
  tokens: readonly { readonly expires: string }[],
): Readonly<Record<string, string | undefined>> {
  const last = Math.max(...tokens.map(({ expires }) => Date.parse(expires)))
  const places = {
    'To the next cycle': next === undefined ? Number.NaN : Date.parse(next),
    'To the warning of tokens': last - tokenWarning,
    'To token expiry': last,
  }
  return Object.fromEntries(
    Object.entries(places).map(([label, time]) => [
      label,
      Number.isFinite(time) && time > Date.parse(now) ? new Date(time).toISOString() : undefined,
    ]),
  )
}

function Now({
  clock,
  tenant,
  next,
}: {
  readonly clock: ClockState
  readonly tenant: string
  readonly next: string | undefined
}) {
  const [elapsed, setElapsed] = useState(0)
  useEffect(() => {
    const start = Date.now()
    const timer = setInterval(() => setElapsed(Date.now() - start), 1000)
    return () => clearInterval(timer)
  }, [clock])
  const now = new Date(Date.parse(clock.now) + elapsed)
  return (
    <p>
      It is{' '}
      <strong>
        <time dateTime={now.toISOString()}>{formatDateTime(now)}</time>
      </strong>{' '}
      in <ClientText text={tenant} />,{' '}
      {clock.offset === 0 ? (
        'as on the server.'
      ) : (
        <>
          <strong class="status-disabled">{formatSpan(clock.offset)} ahead</strong> of the server.
        </>
      )}
      {next !== undefined &&
        Date.parse(next) > now.getTime() &&
        ` The next cycle would start at ${formatWhen(next, now.getTime(), intlZone())}.`}
    </p>
  )
}
