import { useState } from 'preact/hooks'
import { ApiProblem, apiPath, post } from '../../api.ts'
import { Dialog } from '../../components/dialog.tsx'
import { ActionButton, ProblemBox } from '../../components/elements.tsx'
import { Field } from '../../components/field.tsx'
import { announce } from '../../notices.ts'
import { tenants } from '../../state.ts'

/** A rule as it is being written: what stands in its fields. */
export type FaultDraft = {
  readonly name: string
  readonly tenant: string
  readonly operation: string
  readonly type: string
  readonly text: string
  readonly every: string
  readonly skip: string
  readonly effect: keyof typeof effects
  readonly status: string
  readonly retryAfter: string
  readonly milliseconds: string
  readonly mediaType: string
  readonly body: string
  readonly times: string
}

export const operations = ['create', 'read', 'list', 'replace', 'patch', 'delete'] as const

export const effects = {
  status: 'answer with an error status; nothing is carried out',
  delay: 'carry it out later',
  'reset-before': 'cut the connection; nothing is carried out',
  'reset-after': 'carry it out and cut the connection: the answer is lost',
  truncate: 'carry it out and send half of the answer',
  body: 'carry it out and send something else',
  'token-expired': 'refuse it as with an expired token',
} as const

export const emptyDraft: FaultDraft = {
  name: '',
  tenant: '',
  operation: '',
  type: '',
  text: '',
  every: '',
  skip: '',
  effect: 'status',
  status: '500',
  retryAfter: '',
  milliseconds: '5000',
  mediaType: 'text/html',
  body: '<html>Sign in</html>',
  times: '',
}

// What isn't a number is sent as it is, for the API to say what is wrong with it.
const parseNumber = (text: string): number | string => (/^\d+$/.test(text.trim()) ? Number(text) : text)

const withoutEmpty = (fields: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''))

/** The fault as the API takes it. */
export const toFault = (draft: FaultDraft): object =>
  withoutEmpty({
    name: draft.name.trim(),
    match: withoutEmpty({
      tenant: draft.tenant,
      operations: draft.operation === '' ? '' : [draft.operation],
      type: draft.type,
      text: draft.text,
      every: parseNumber(draft.every),
      skip: parseNumber(draft.skip),
    }),
    effect: toEffect(draft),
    times: parseNumber(draft.times),
  })

function toEffect({ effect, status, retryAfter, milliseconds, mediaType, body }: FaultDraft): object {
  switch (effect) {
    case 'status':
      return withoutEmpty({ kind: effect, status: parseNumber(status), retryAfter: parseNumber(retryAfter) })
    case 'delay':
      return { kind: effect, milliseconds: parseNumber(milliseconds) }
    case 'reset-before':
      return { kind: 'reset', when: 'before' }
    case 'reset-after':
      return { kind: 'reset', when: 'after' }
    case 'body':
      return withoutEmpty({ kind: effect, status: parseNumber(status), mediaType, body })
    case 'truncate':
    case 'token-expired':
      return { kind: effect }
  }
}

/** A rule of one's own: which requests it strikes, and what becomes of their answers. */
export function FaultForm({ onClose }: { readonly onClose: () => void }) {
  const [draft, setDraft] = useState<FaultDraft>(emptyDraft)
  const [problem, setProblem] = useState<ApiProblem>()
  const text = (name: keyof FaultDraft) => ({
    value: draft[name],
    onInput: (event: {
      readonly currentTarget: HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement
    }) => setDraft({ ...draft, [name]: event.currentTarget.value }),
  })
  const wrong = (path: string) =>
    problem?.errors.find(error => error.path.startsWith(`body.${path}`))?.message
  const arm = async () => {
    try {
      await post(apiPath(['faults']), toFault(draft))
      announce('The fault is armed.')
      onClose()
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error
      setProblem(error)
    }
  }
  return (
    <Dialog title="Write a rule" onClose={onClose}>
      <form onSubmit={event => event.preventDefault()}>
        {problem && <ProblemBox problem={problem} />}
        <Field label="Name" wrong={wrong('name')}>
          {props => <input {...props} {...text('name')} maxLength={100} />}
        </Field>
        <div class="grid">
          <Field label="Tenant" wrong={wrong('match.tenant')}>
            {props => (
              <select {...props} {...text('tenant')}>
                <option value="">all</option>
                {(tenants.value ?? []).map(({ id }) => (
                  <option key={id} value={id}>
                    {id}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <Field label="Operation" wrong={wrong('match.operations')}>
            {props => (
              <select {...props} {...text('operation')}>
                <option value="">any</option>
                {operations.map(name => (
                  <option key={name} value={name}>
                    {name}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <Field label="Type" wrong={wrong('match.type')}>
            {props => (
              <select {...props} {...text('type')}>
                <option value="">any</option>
                <option value="User">User</option>
                <option value="Group">Group</option>
              </select>
            )}
          </Field>
          <Field label="With this text in URL or body" wrong={wrong('match.text')}>
            {props => <input {...props} {...text('text')} />}
          </Field>
          <Field label="Only each so many-th" wrong={wrong('match.every')}>
            {props => <input {...props} {...text('every')} inputMode="numeric" />}
          </Field>
          <Field label="Pass over the first" wrong={wrong('match.skip')}>
            {props => <input {...props} {...text('skip')} inputMode="numeric" />}
          </Field>
        </div>
        <Field label="Then" wrong={wrong('effect')}>
          {props => (
            <select {...props} {...text('effect')}>
              {Object.entries(effects).map(([name, words]) => (
                <option key={name} value={name}>
                  {words}
                </option>
              ))}
            </select>
          )}
        </Field>
        <EffectFields draft={draft} text={text} wrong={wrong} />
        <Field label="Disarms itself after" description="Strikes; empty for no end." wrong={wrong('times')}>
          {props => <input {...props} {...text('times')} inputMode="numeric" />}
        </Field>
        <div class="actions">
          <ActionButton tone="primary" act={arm}>
            Arm it
          </ActionButton>
          <button type="button" onClick={onClose}>
            Cancel
          </button>
        </div>
      </form>
    </Dialog>
  )
}

type Inputs = {
  readonly draft: FaultDraft
  readonly text: (name: keyof FaultDraft) => {
    readonly value: string
    readonly onInput: (event: never) => void
  }
  readonly wrong: (path: string) => string | undefined
}

const EffectFields = ({ draft: { effect }, text, wrong }: Inputs) => (
  <>
    {(effect === 'status' || effect === 'body') && (
      <Field label="Status" wrong={wrong('effect.status')}>
        {props => <input {...props} {...text('status')} inputMode="numeric" />}
      </Field>
    )}
    {effect === 'status' && (
      <Field label="Retry-After, in seconds" wrong={wrong('effect.retryAfter')}>
        {props => <input {...props} {...text('retryAfter')} inputMode="numeric" />}
      </Field>
    )}
    {effect === 'delay' && (
      <Field label="Milliseconds" wrong={wrong('effect.milliseconds')}>
        {props => <input {...props} {...text('milliseconds')} inputMode="numeric" />}
      </Field>
    )}
    {effect === 'body' && (
      <>
        <Field label="Media type" wrong={wrong('effect.mediaType')}>
          {props => <input {...props} {...text('mediaType')} />}
        </Field>
        <Field label="Body" wrong={wrong('effect.body')}>
          {props => <textarea {...props} {...text('body')} rows={4} spellcheck={false} />}
        </Field>
      </>
    )}
  </>
)
