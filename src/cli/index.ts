import { agentAdd } from './agent-add.ts'
import { approve } from './approve.ts'
import { approverAdd } from './approver-add.ts'
import type { Command } from './command.ts'
import { demo } from './demo.ts'
import { deny } from './deny.ts'
import { doctor } from './doctor.ts'
import { envelope } from './envelope.ts'
import { explain } from './explain.ts'
import { install } from './install.ts'
import { kill } from './kill.ts'
import { pae } from './pae.ts'
import { queue } from './queue.ts'
import { resume } from './resume.ts'
import { serve } from './serve.ts'
import { show } from './show.ts'
import { statement } from './statement.ts'
import { test } from './test.ts'
import { ui } from './ui.ts'
import { uninstall } from './uninstall.ts'
import { verify } from './verify.ts'
import { version } from './version.ts'
import { wait } from './wait.ts'

/** Commands by what they are for, as the help and the reference list them. */
export const SECTIONS: readonly (readonly [title: string, commands: readonly Command[]])[] = [
  ['Run it', [install, uninstall, serve, doctor]],
  ['Say who is who', [agentAdd, approverAdd]],
  ['Decide', [queue, show, approve, deny, wait, explain, ui]],
  ['Stop an agent', [kill, resume]],
  ['Check it', [test]],
  ['Sign with other tools', [statement, pae, envelope, verify]],
  ['Other', [demo, version]],
]

export const COMMANDS: readonly Command[] = SECTIONS.flatMap(([, commands]) => commands)
