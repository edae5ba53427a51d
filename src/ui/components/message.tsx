import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { escapeHidden } from '../../domain/client-text.ts'
import type { Message } from '../../domain/contract/exchanges.ts'
import { formatSize } from '../format.ts'
import { JsonView, TextBlock } from './json.tsx'

/** A request or a response. `children`: a button for its body. */
export function MessageView({
  title,
  startLine,
  message: { headers, body, cutFrom },
  marked,
  children,
}: {
  readonly title: string
  readonly startLine: string
  readonly message: Message
  readonly marked?: readonly string[] | undefined
  readonly children?: ComponentChildren
}) {
  const [isRaw, setRaw] = useState(false)
  const json = body === undefined ? undefined : parseBody(body)
  const label = `${title} body`
  return (
    <article class="card">
      <header class="message-head">
        <h2>{title}</h2>
        {json !== undefined && (
          <button type="button" aria-pressed={isRaw} onClick={() => setRaw(!isRaw)}>
            Raw
          </button>
        )}
        {children}
      </header>
      <p class="message-start">
        <code>{escapeHidden(startLine)}</code>
      </p>
      <details>
        <summary>Headers</summary>
        <dl class="headers">
          {Object.entries(headers).map(([name, value]) => (
            <div key={name}>
              <dt>{escapeHidden(name)}</dt>
              <dd>{escapeHidden(value)}</dd>
            </div>
          ))}
        </dl>
      </details>
      {body === undefined ? (
        <p class="muted">No body.</p>
      ) : json === undefined || isRaw ? (
        <TextBlock text={body} label={label} />
      ) : (
        <JsonView value={json} label={label} marked={marked} />
      )}
      {cutFrom !== undefined && (
        <p class="muted">Truncated in the journal. Original size: {formatSize(cutFrom)}.</p>
      )}
    </article>
  )
}

function parseBody(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
