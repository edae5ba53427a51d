import { useState } from 'preact/hooks'
import type { Json, Message } from '../../answers.ts'
import { CopyButton, escapeHidden } from '../../components/elements.tsx'
import { JsonView, TextBlock } from '../../components/json.tsx'
import { formatSize } from '../../format.ts'

/** A request or an answer as it went over the wire. */
export function MessageView({
  title,
  head,
  message,
}: {
  readonly title: string
  readonly head: string
  readonly message: Message
}) {
  const [raw, setRaw] = useState(false)
  const { body, cutFrom } = message
  const json = body === undefined ? undefined : jsonIn(body)
  return (
    <article class="card">
      <header class="message-head">
        <h2>{title}</h2>
        {json !== undefined && (
          <button type="button" aria-pressed={raw} onClick={() => setRaw(!raw)}>
            Raw
          </button>
        )}
        {body !== undefined && <CopyButton text={body} what={`the body of the ${title.toLowerCase()}`} />}
      </header>
      <p class="wire-head">
        <code>{escapeHidden(head)}</code>
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
      <Body body={body} json={raw ? undefined : json} title={title} />
      {cutFrom !== undefined && (
        <p class="muted">Cut by the journal; the whole body had {formatSize(cutFrom)}.</p>
      )}
    </article>
  )
}

function Body({
  body,
  json,
  title,
}: {
  readonly body: string | undefined
  readonly json: Json | undefined
  readonly title: string
}) {
  if (body === undefined) return <p class="muted">No body.</p>
  const label = `Body of the ${title.toLowerCase()}`
  return json === undefined ? (
    <TextBlock text={body} label={label} />
  ) : (
    <JsonView value={json} label={label} />
  )
}

function jsonIn(text: string): Json | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
