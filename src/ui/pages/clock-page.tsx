import { useEffect, useState } from 'preact/hooks'
import type { Clock } from '../answers.ts'
import { apiPath, put } from '../api.ts'
import { ActionButton, formatDateTime, Loading, PageHead, ProblemBox } from '../components/elements.tsx'
import { Field } from '../components/field.tsx'
import { formatSpan } from '../format.ts'
import { onLive } from '../live.ts'
import { useLoad } from '../load.ts'
import { announce } from '../notices.ts'
import { type PageProps, pathTo } from '../router.ts'

const advances: Readonly<Record<string, string>> = {
  '1h': 'an hour',
  '1d': 'a day',
  '30d': '30 days',
  '275d': '275 days (a new token warns)',
  '366d': 'a year and a day (tokens expire)',
}

/** A tenant's clock, to be moved forward: a year passes in a moment. */
export function ClockPage({ tenant = '' }: PageProps) {
  const path = apiPath(['tenants', tenant, 'clock'])
  const loaded = useLoad<Clock>(path)
  useEffect(() => onLive('changed', loaded.reload), [])
  const clock = loaded.value.value
  const problem = loaded.problem.value
  const move = async (change: { readonly advance: string } | { readonly now: string }) => {
    const { now } = await put<Clock>(path, change)
    announce(`The clock of ${tenant} shows ${formatDateTime(new Date(now))}.`)
    loaded.reload()
  }
  return (
    <>
      <PageHead
        title="Clock"
        description="Tokens expire, identities fall silent and changes are dated by it. It only goes forward; a reset brings it back."
      />
      {problem && <ProblemBox problem={problem} />}
      {!clock && !problem && <Loading />}
      {clock && <ClockFace clock={clock} />}
      <section class="card">
        <h2>Move it forward by</h2>
        <div class="actions">
          {Object.entries(advances).map(([advance, words]) => (
            <ActionButton key={advance} act={() => move({ advance })}>
              {words}
            </ActionButton>
          ))}
        </div>
        <SetForm set={now => move({ now })} />
      </section>
      <p>
        What happens to the tokens: <a href={pathTo('tokens', { tenant })}>Tokens</a>
      </p>
    </>
  )
}

function ClockFace({ clock }: { readonly clock: Clock }) {
  const [passed, setPassed] = useState(0)
  useEffect(() => {
    const began = Date.now()
    const timer = setInterval(() => setPassed(Date.now() - began), 1000)
    return () => clearInterval(timer)
  }, [clock])
  const now = new Date(Date.parse(clock.now) + passed)
  return (
    <section class="card">
      <p class="clock-face">
        <time dateTime={now.toISOString()}>{formatDateTime(now)}</time>
      </p>
      <p class="muted">
        {clock.offset === 0
          ? 'As the machine’s clock.'
          : `Ahead of the machine’s clock by ${formatSpan(clock.offset)}.`}
      </p>
    </section>
  )
}

function SetForm({ set }: { readonly set: (now: string) => Promise<void> }) {
  const [time, setTime] = useState('')
  return (
    <form class="line" onSubmit={event => event.preventDefault()}>
      <Field label="Or to">
        {props => (
          <input
            {...props}
            type="datetime-local"
            value={time}
            onInput={event => setTime(event.currentTarget.value)}
          />
        )}
      </Field>
      <ActionButton disabled={time === ''} act={() => set(new Date(time).toISOString())}>
        Set it
      </ActionButton>
    </form>
  )
}
