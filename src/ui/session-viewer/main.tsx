import { render } from 'preact'
import './viewer.css'
import { address, hrefTo } from './address.ts'
import { App } from './app.tsx'
import { readSession, type Session } from './session.ts'

/** The session of a failed test begins at the newest request that failed. */
function openFailure({ facts, requests }: Session): void {
  const failing = requests.find(({ status }) => status >= 400)
  if (facts.test === undefined || !failing || location.hash !== '') return
  address.value = { view: 'request', id: failing.id }
  history.replaceState(null, '', hrefTo(address.value))
}

const root = document.getElementById('app')
if (root) {
  root.replaceChildren()
  const showProgress = (part: number) => render(<p role="status">Loading {Math.round(part * 100)} %</p>, root)
  readSession(showProgress).then(
    session => {
      openFailure(session)
      render(<App session={session} />, root)
    },
    (error: Error) => render(<p role="alert">{`The file cannot be read: ${error.message}`}</p>, root),
  )
}
