import { useRef } from 'preact/hooks'
import { signInAddresses } from '../../domain/contract/page-addresses.ts'
import { challenge, hasToken, storeToken } from '../api.ts'
import { Dialog } from '../components/dialog.tsx'
import { Empty } from '../components/feedback.tsx'
import { Field } from '../components/field.tsx'
import { PageHead } from '../components/layout.tsx'
import { ThemeSelect } from './theme.tsx'

// The next rejected request opens the dialog again.
const close = () => {
  challenge.value = undefined
}

export function ChallengeDialog() {
  const current = challenge.value
  if (!current) return null
  switch (current.kind) {
    case 'token-required':
      return <TokenDialog />
    case 'sign-in-needed':
      return (
        <Dialog title="Your session has ended" onClose={close}>
          <p>Sign in again to continue. You will return to this page.</p>
          <SignInActions label="Sign in" address={addressOfSignIn()} />
        </Dialog>
      )
    case 'recent-sign-in-needed':
      return (
        <Dialog title="Confirm that it is you" onClose={close}>
          <p>
            This can’t be undone, so it needs a recent sign-in. You will return to this page; nothing is
            changed until you repeat the action.
          </p>
          <p class="muted">{current.message}</p>
          <SignInActions label="Sign in again" address={addressOfStepUp()} />
        </Dialog>
      )
  }
}

const SignInActions = ({ label, address }: { readonly label: string; readonly address: string }) => (
  <div class="actions">
    <a class="button primary" href={address}>
      {label}
    </a>
    <button type="button" onClick={close}>
      Cancel
    </button>
  </div>
)

function TokenDialog() {
  const field = useRef<HTMLInputElement>(null)
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    storeToken(field.current?.value ?? '')
    location.reload()
  }
  return (
    <Dialog title="Console token required" onClose={close}>
      <form onSubmit={submit}>
        <p>
          The token was set or printed when the server started, or somebody created one for you on the page
          Console access.
        </p>
        <Field label="Console token" error={hasToken() ? 'Invalid token.' : undefined}>
          {props => (
            <input {...props} ref={field} type="password" autocomplete="off" spellcheck={false} required />
          )}
        </Field>
        <p class="actions">
          <button type="submit" class="primary">
            Continue
          </button>
        </p>
      </form>
    </Dialog>
  )
}

export const TokenRequired = () => (
  <>
    <PageHead title="Scimulator" />
    <Empty title="Console token required">
      <p>
        <button
          type="button"
          onClick={() => {
            challenge.value = { kind: 'token-required', message: '' }
          }}
        >
          Enter token
        </button>
      </p>
    </Empty>
  </>
)

// Afterwards the person returns to the page that is shown now.
const withReturn = (address: string): string =>
  `${address}?${new URLSearchParams({ return: location.pathname + location.search })}`

const addressOfSignIn = (): string => withReturn(signInAddresses.signIn)
const addressOfStepUp = (): string => withReturn(signInAddresses.stepUp)

export const SignInPage = () => (
  <>
    <header class="top-bar">
      <a class="brand" href="/">
        Scimulator
      </a>
      <span class="spacer" />
      <ThemeSelect />
    </header>
    <main id="main" class="sign-in" tabIndex={-1}>
      <PageHead
        title="Sign in"
        description="This console is protected. Sign in with the account of your organization; you will return to this page."
      />
      <p class="actions">
        <a class="button primary" href={addressOfSignIn()}>
          Sign in
        </a>
      </p>
    </main>
  </>
)
