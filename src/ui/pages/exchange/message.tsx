import { useState } from 'preact/hooks'
import type { Message } from '../../../domain/contract/exchanges.ts'
import { CopyButton } from '../../components/buttons.tsx'
import { JsonView, TextBlock } from '../../components/json.tsx'
import { escapeHidden } from '../../components/text.tsx'
import { formatSize } from '../../format.ts'

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
