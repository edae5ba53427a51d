import { spawnSync } from 'node:child_process'
import { existsSync, globSync } from 'node:fs'

/** Debian's, which has pytest as a package. Version managers put others into the PATH. */
export const python = process.env.PYTEST_PYTHON ?? '/usr/bin/python3'

/** Why tests with pytest are skipped. With `PYTHON_TESTS=required`, they fail without it. */
export const skipWithoutPytest =
  process.env.PYTHON_TESTS !== 'required' &&
  (!existsSync(python) || spawnSync(python, ['-c', 'import pytest']).status !== 0) &&
  'pytest was not found: install python3-pytest, or set PYTEST_PYTHON'

/** Debian's package of a release, without the one that puts it into the PATH, or the one in the PATH. */
export const go = process.env.GO ?? globSync('/usr/lib/go-*/bin/go').sort().at(-1) ?? 'go'

/** Why tests with Go are skipped. With `GO_TESTS=required`, they fail without it. */
export const skipWithoutGo =
  process.env.GO_TESTS !== 'required' &&
  spawnSync(go, ['version']).status !== 0 &&
  'Go was not found: install golang-1.24-go, or set GO'
