import { useState } from 'preact/hooks'
import type { FaultActivation, FaultMatch } from '../../../domain/contract/faults.ts'
import { call } from '../../api.ts'
import { Dialog, DialogForm, type ErrorAt } from '../../components/dialog.tsx'
import { Field } from '../../components/field.tsx'
import { announce } from '../../frame/notice.tsx'
import { tenants } from '../../state.ts'

type FaultDraft = {
  readonly name: string
  readonly tenant: string
  readonly api: string
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

type Operation = NonNullable<FaultMatch['operations']>[number]

const operations: readonly Operation[] = ['create', 'read', 'list', 'replace', 'patch', 'delete', 'token']

const apis: Readonly<Record<NonNullable<FaultMatch['api']>, string>> = {
  scim: 'SCIM',
  'identity-store': 'AWS Identity Store',
  'sso-admin': 'AWS SSO Admin',
  sts: 'AWS STS',
}

const effects = {
  status: 'Return an error status without processing the request',
  delay: 'Delay the request',
  'reset-before': 'Close the connection without processing the request',
  'reset-after': 'Process the request, lose the response',
  truncate: 'Process the request, send half of the response',
  body: 'Process the request, send another response',
  'token-expired': 'Return the error of an expired token',
} as const

const emptyDraft: FaultDraft = {
  name: '',
  tenant: '',
  api: '',
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

// Other text is sent unchanged, so that the API reports the error.
const parseNumber = (text: string): number | string => (/^\d+$/.test(text.trim()) ? Number(text) : text)

const withoutEmpty = (fields: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''))

/** Invalid values are kept, so that the API reports them. */
const toFault = (draft: FaultDraft): FaultActivation =>
  withoutEmpty({
    name: draft.name.trim(),
    match: withoutEmpty({
      tenant: draft.tenant,
      api: draft.api,
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

export function FaultForm({ onClose }: { readonly onClose: () => void }) {
  const [draft, setDraft] = useState<FaultDraft>(emptyDraft)
  const text = (name: keyof FaultDraft) => ({
    value: draft[name],
    onInput: (event: {
      readonly currentTarget: HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement
    }) => setDraft({ ...draft, [name]: event.currentTarget.value }),
  })
  const turnOn = async () => {
    await call('POST /faults', { body: toFault(draft) })
    announce('Fault active.')
    onClose()
  }
  return (
    <Dialog title="New fault" onClose={onClose}>
      <DialogForm label="Turn on" onSubmit={turnOn} onClose={onClose}>
        {errorAt => (
          <>
            <Field label="Name" error={errorAt('name')}>
              {props => <input {...props} {...text('name')} maxLength={100} />}
            </Field>
            <div class="grid">
              <Field label="Tenant" error={errorAt('match.tenant')}>
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
              <Field label="API" error={errorAt('match.api')}>
                {props => (
                  <select {...props} {...text('api')}>
                    <option value="">any</option>
                    {Object.entries(apis).map(([name, label]) => (
                      <option key={name} value={name}>
                        {label}
                      </option>
                    ))}
                  </select>
                )}
              </Field>
              <Field label="Operation" error={errorAt('match.operations')}>
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
              <Field label="Type" error={errorAt('match.type')}>
                {props => (
                  <select {...props} {...text('type')}>
                    <option value="">any</option>
                    <option value="User">User</option>
                    <option value="Group">Group</option>
                  </select>
                )}
              </Field>
              <Field label="Text in URL or body" error={errorAt('match.text')}>
                {props => <input {...props} {...text('text')} />}
              </Field>
              <Field label="Every Nth request" error={errorAt('match.every')}>
                {props => <input {...props} {...text('every')} inputMode="numeric" />}
              </Field>
              <Field label="Skip the first N" error={errorAt('match.skip')}>
                {props => <input {...props} {...text('skip')} inputMode="numeric" />}
              </Field>
            </div>
            <Field label="Effect" error={errorAt('effect')}>
              {props => (
                <select {...props} {...text('effect')}>
                  {Object.entries(effects).map(([name, label]) => (
                    <option key={name} value={name}>
                      {label}
                    </option>
                  ))}
                </select>
              )}
            </Field>
            <EffectFields draft={draft} text={text} errorAt={errorAt} />
            <Field label="Turn off after N hits (blank: never)" error={errorAt('times')}>
              {props => <input {...props} {...text('times')} inputMode="numeric" />}
            </Field>
          </>
        )}
      </DialogForm>
    </Dialog>
  )
}

type Inputs = {
  readonly draft: FaultDraft
  readonly text: (name: keyof FaultDraft) => {
    readonly value: string
    readonly onInput: (event: never) => void
  }
  readonly errorAt: ErrorAt
}

const EffectFields = ({ draft: { effect }, text, errorAt }: Inputs) => (
  <>
    {(effect === 'status' || effect === 'body') && (
      <Field label="Status" error={errorAt('effect.status')}>
        {props => <input {...props} {...text('status')} inputMode="numeric" />}
      </Field>
    )}
    {effect === 'status' && (
      <Field label="Retry-After (seconds)" error={errorAt('effect.retryAfter')}>
        {props => <input {...props} {...text('retryAfter')} inputMode="numeric" />}
      </Field>
    )}
    {effect === 'delay' && (
      <Field label="Delay (milliseconds)" error={errorAt('effect.milliseconds')}>
        {props => <input {...props} {...text('milliseconds')} inputMode="numeric" />}
      </Field>
    )}
    {effect === 'body' && (
      <>
        <Field label="Media type" error={errorAt('effect.mediaType')}>
          {props => <input {...props} {...text('mediaType')} />}
        </Field>
        <Field label="Body" error={errorAt('effect.body')}>
          {props => <textarea {...props} {...text('body')} rows={4} spellcheck={false} />}
        </Field>
      </>
    )}
  </>
)
