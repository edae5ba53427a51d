import { useEffect, useState } from 'preact/hooks'
import type { Clock, ClockChange } from '../../domain/contract/tenants.ts'
import { call } from '../api.ts'
import { ActionButton } from '../components/buttons.tsx'
import { Loading, ProblemBox } from '../components/feedback.tsx'
import { Field } from '../components/field.tsx'
import { PageHead } from '../components/layout.tsx'
import { May } from '../components/may.tsx'
import { formatDateTime, formatSpan } from '../format.ts'
import { announce } from '../frame/notice.tsx'
import { onLive } from '../live.ts'
import { useLoad } from '../load.ts'
import { type PageProps, pathTo } from '../router.ts'

const advances: Readonly<Record<string, string>> = {
  '1h': '1 hour',
  '1d': '1 day',
  '30d': '30 days',
  '275d': '275 days (expiry warning)',
  '366d': '366 days (tokens expire)',
}

export function ClockPage({ tenant = '' }: PageProps) {
  const loaded = useLoad('GET /tenants/:tenant/clock', { params: { tenant } })
  useEffect(() => onLive('changed', loaded.reload), [])
  const clock = loaded.value.value
  const problem = loaded.problem.value
  const move = async (body: ClockChange) => {
    const { now } = await call('PUT /tenants/:tenant/clock', { params: { tenant }, body })
    announce(`Clock of ${tenant} set to ${formatDateTime(new Date(now))}.`)
    loaded.reload()
  }
  return (
    <>
      <PageHead
        title="Virtual clock"
        description="Controls token expiry, inactivity and timestamps for this tenant. It can only move forward; reset the tenant to return to real time."
      />
      {problem && <ProblemBox problem={problem} />}
      {!clock && !problem && <Loading />}
      {clock && <ClockFace clock={clock} />}
      <May need="write">
        <section class="card">
          <h2>Move forward by</h2>
          <div class="actions">
            {Object.entries(advances).map(([advance, label]) => (
              <ActionButton key={advance} onAction={() => move({ advance })}>
                {label}
              </ActionButton>
            ))}
          </div>
          <SetForm set={now => move({ now })} />
        </section>
      </May>
      <p>
        <a href={pathTo('connect', { tenant }, { view: 'credentials' })}>View tokens</a>
      </p>
    </>
  )
}

function ClockFace({ clock }: { readonly clock: Clock }) {
  const [elapsed, setElapsed] = useState(0)
  useEffect(() => {
    const start = Date.now()
    const timer = setInterval(() => setElapsed(Date.now() - start), 1000)
    return () => clearInterval(timer)
  }, [clock])
  const now = new Date(Date.parse(clock.now) + elapsed)
  return (
    <section class="card">
      <p class="clock-face">
        <time dateTime={now.toISOString()}>{formatDateTime(now)}</time>
      </p>
      <p class="muted">
        {clock.offset === 0 ? 'Real time.' : `${formatSpan(clock.offset)} ahead of real time.`}
      </p>
    </section>
  )
}

function SetForm({ set }: { readonly set: (now: string) => Promise<void> }) {
  const [time, setTime] = useState('')
  return (
    <form class="inline" onSubmit={event => event.preventDefault()}>
      <Field label="Set to">
        {props => (
          <input
            {...props}
            type="datetime-local"
            value={time}
            onInput={event => setTime(event.currentTarget.value)}
          />
        )}
      </Field>
      <ActionButton disabled={time === ''} onAction={() => set(new Date(time).toISOString())}>
        Set
      </ActionButton>
    </form>
  )
}
