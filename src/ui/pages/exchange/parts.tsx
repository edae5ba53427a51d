import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { ExchangeDetail, JwtFacts } from '../../../domain/contract/exchanges.ts'
import { ApiProblem, call, fetchContent } from '../../api.ts'
import { ActionButton, CopyButton } from '../../components/buttons.tsx'
import { Loading, ProblemBox } from '../../components/feedback.tsx'
import { form, useForms } from '../../components/form.tsx'
import { JsonView } from '../../components/json.tsx'
import { Fact } from '../../components/layout.tsx'
import { Time } from '../../components/text.tsx'
import { announce } from '../../frame/notice.tsx'
import { toApiProblem } from '../../load.ts'
import { navigate, pathTo } from '../../router.ts'
import { refusalLabel } from './texts.ts'

/** The header and the claims of a JWT; its signature is not recorded. */
export const JwtView = ({ jwt, isRejected }: { readonly jwt: JwtFacts; readonly isRejected: boolean }) => (
  <details class="card" open={isRejected}>
    <summary>
      <h2>JSON Web Token</h2>
    </summary>
    <dl class="facts">
      <Times claims={jwt.claims} />
    </dl>
    <div class="grid">
      <section aria-label="Header">
        <h3>Header</h3>
        <JsonView value={jwt.header} label="Header of the JWT" />
      </section>
      <section aria-label="Claims">
        <h3>Claims</h3>
        <JsonView value={jwt.claims} label="Claims of the JWT" />
      </section>
    </div>
    <p class="muted">
      {isRejected && 'The content of a rejected token is not verified. '}The signature is not recorded.
    </p>
  </details>
)

const timeLabels: Readonly<Record<string, string>> = {
  iat: 'Issued',
  nbf: 'Not valid before',
  exp: 'Expires',
}

/** The claims that are times, in seconds since 1970 (RFC 7519, section 2). */
const Times = ({ claims }: { readonly claims: JwtFacts['claims'] }) => (
  <>
    {Object.entries(timeLabels).map(([name, label]) => {
      const date = new Date(Number(claims[name] ?? Number.NaN) * 1000)
      return Number.isNaN(date.getTime()) ? null : (
        <Fact key={name} name={label}>
          <Time at={date.toISOString()} />
        </Fact>
      )
    })}
  </>
)

export function CloudTrail({ id }: { readonly id: string }) {
  const records = useSignal<readonly unknown[] | undefined>(undefined)
  const problem = useSignal<ApiProblem | undefined>(undefined)
  useEffect(() => {
    records.value = undefined
    problem.value = undefined
    let isCurrent = true
    fetchContent('GET /exchanges/:id/export', { params: { id }, query: { format: 'cloudtrail' } })
      .then(response => response.json())
      .then(({ Records }) => {
        if (isCurrent) records.value = Records
      })
      .catch((error: unknown) => {
        if (isCurrent) problem.value = toApiProblem(error)
      })
    return () => {
      isCurrent = false
    }
  }, [id])
  if (problem.value) return <ProblemBox problem={problem.value} />
  if (!records.value) return <Loading />
  const [event] = records.value
  if (event === undefined) {
    return <p class="card muted">AWS CloudTrail would not record this request.</p>
  }
  return (
    <article class="card">
      <header class="message-head">
        <h2>CloudTrail event</h2>
        <CopyButton text={JSON.stringify(event, null, 2)} what="CloudTrail event" />
      </header>
      <p class="muted">As AWS would record it: personal values are hidden.</p>
      <JsonView value={event} label="CloudTrail event" />
    </article>
  )
}

export function ReplayButton({ exchange }: { readonly exchange: ExchangeDetail }) {
  const { open, dialog } = useForms()
  const ask = (text: string) =>
    open(
      form({
        title: 'Replay with the rights of the console?',
        label: 'Replay as console',
        danger: true,
        text,
        submit: () => replay(exchange.id, 'console'),
      }),
    )
  const start = async () => {
    const label = refusalLabel(exchange)
    if (label !== undefined)
      return ask(`This request was rejected: ${label} To send it with full rights, replay it as console.`)
    try {
      announce(await replay(exchange.id, 'caller'))
    } catch (error) {
      if (!(error instanceof ApiProblem) || error.kind !== 'caller-not-valid') throw error
      ask(error.message)
    }
  }
  return (
    <>
      <ActionButton onAction={start}>Replay request</ActionButton>
      {dialog}
    </>
  )
}

/** Shows the new request, and returns what to announce. */
async function replay(id: string, as: 'caller' | 'console'): Promise<string> {
  const { exchange, status } = await call('POST /exchanges/:id/replay', { params: { id }, body: { as } })
  navigate(pathTo('exchange', { id: exchange }))
  return `Request replayed; the response was ${status}. This page shows the new request.`
}
