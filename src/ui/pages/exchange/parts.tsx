import { useSignal } from '@preact/signals'
import { useEffect, useState } from 'preact/hooks'
import { escapeHidden } from '../../../domain/client-text.ts'
import type { Credential, ExchangeDetail, JwtFacts, Message } from '../../../domain/contract/exchanges.ts'
import { ApiProblem, call, fetchContent } from '../../api.ts'
import { ActionButton, CopyButton } from '../../components/buttons.tsx'
import { ConfirmDialog } from '../../components/dialog.tsx'
import { Loading, ProblemBox } from '../../components/feedback.tsx'
import { JsonView, TextBlock } from '../../components/json.tsx'
import { Fact } from '../../components/layout.tsx'
import { ClientText, Time } from '../../components/text.tsx'
import { formatSize } from '../../format.ts'
import { announce } from '../../frame/notice.tsx'
import { toApiProblem } from '../../load.ts'
import { navigate, pathTo } from '../../router.ts'
import { refusalLabel } from './refusal-labels.ts'

export function MessageView({
  title,
  startLine,
  message,
  marked = [],
}: {
  readonly title: string
  readonly startLine: string
  readonly message: Message
  readonly marked?: readonly string[] | undefined
}) {
  const [isRaw, setRaw] = useState(false)
  const { body, cutFrom } = message
  const json = body === undefined ? undefined : parseBody(body)
  return (
    <article class="card">
      <header class="message-head">
        <h2>{title}</h2>
        {json !== undefined && (
          <button type="button" aria-pressed={isRaw} onClick={() => setRaw(!isRaw)}>
            Raw
          </button>
        )}
        {body !== undefined && <CopyButton text={body} what={`${title.toLowerCase()} body`} />}
      </header>
      <p class="message-start">
        <code>{escapeHidden(startLine)}</code>
      </p>
      <details>
        <summary>Headers</summary>
        <dl class="headers">
          {Object.entries(message.headers).map(([name, value]) => (
            <div key={name}>
              <dt>{escapeHidden(name)}</dt>
              <dd>{escapeHidden(value)}</dd>
            </div>
          ))}
        </dl>
      </details>
      <Body body={body} json={isRaw ? undefined : json} title={title} marked={marked} />
      {cutFrom !== undefined && (
        <p class="muted">Truncated in the journal. Original size: {formatSize(cutFrom)}.</p>
      )}
    </article>
  )
}

function Body({
  body,
  json,
  title,
  marked,
}: {
  readonly body: string | undefined
  readonly json: unknown
  readonly title: string
  readonly marked: readonly string[]
}) {
  if (body === undefined) return <p class="muted">No body.</p>
  const label = `${title} body`
  return json === undefined ? (
    <TextBlock text={body} label={label} />
  ) : (
    <JsonView value={json} label={label} marked={marked} />
  )
}

function parseBody(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export function CredentialName({
  credential,
  tenant,
}: {
  readonly credential: Credential
  readonly tenant: string | undefined
}) {
  if (credential.kind === 'jwt') return <>JWT of an issuer that is not trusted</>
  const name = <ClientText text={credential.name} />
  return (
    <>
      {credential.kind === 'client' ? 'Access token of ' : 'JWT of '}
      {tenant === undefined ? (
        name
      ) : (
        <a href={pathTo('connect', { tenant }, { view: 'credentials' })}>{name}</a>
      )}
    </>
  )
}

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
  const [question, setQuestion] = useState<string>()
  const start = async () => {
    const label = refusalLabel(exchange)
    if (label !== undefined) {
      return setQuestion(
        `This request was rejected: ${label} To send it with full rights, replay it as console.`,
      )
    }
    try {
      await replay(exchange.id, 'caller')
    } catch (error) {
      if (!(error instanceof ApiProblem) || error.kind !== 'caller-not-valid') throw error
      setQuestion(error.message)
    }
  }
  return (
    <>
      <ActionButton onAction={start}>Replay request</ActionButton>
      {question !== undefined && (
        <ConfirmDialog
          title="Replay with the rights of the console?"
          label="Replay as console"
          onConfirm={() => replay(exchange.id, 'console').then(() => setQuestion(undefined))}
          onClose={() => setQuestion(undefined)}
        >
          {question}
        </ConfirmDialog>
      )}
    </>
  )
}

async function replay(id: string, as: 'caller' | 'console'): Promise<void> {
  const { exchange, status } = await call('POST /exchanges/:id/replay', { params: { id }, body: { as } })
  announce(`Request replayed; the response was ${status}. This page shows the new request.`)
  navigate(pathTo('exchange', { id: exchange }))
}
