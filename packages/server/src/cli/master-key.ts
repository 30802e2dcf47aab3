// tessera master-key: rotate, retire.

import { setTimeout } from 'node:timers/promises';
import { Command } from 'commander';
import { beginRotation, countOldRefreshTokens, renewStored, retireMasterKey } from '../admin/master-key.ts';
import {
  installMasterKey,
  isConfigured,
  oldKeyFiles,
  prepareMasterKey,
  refuseOtherKeyFile,
} from '../instance/master-key.ts';
import { UsageError } from '../model.ts';
import { administer } from './administer.ts';
import { type CommonOptions, withCommon } from './common.ts';
import { examples, present, print, time } from './output.ts';

interface RotateOptions extends CommonOptions {
  readonly newKeyFile?: string;
}

export function masterKeyCommand(): Command {
  const command = new Command('master-key').description('the key that all else is sealed and hashed with');
  addRotate(command);
  addRetire(command);
  return command;
}

function addRotate(command: Command): void {
  administer(
    withCommon(command.command('rotate'))
      .description('put a new master key beside the old one, and renew what is stored; can be run again')
      .option('--new-key-file <file>', 'where to write the new key (default: in the place of the old one)')
      .addHelpText(
        'after',
        examples('tessera master-key rotate', 'tessera master-key rotate --new-key-file new.key'),
      ),
    async ({ admin, instance }, { output, newKeyFile }: RotateOptions) => {
      const { config, master } = instance;
      const context = { ...admin, master };
      await refuseOtherKeyFile(config, master, newKeyFile);
      if (!master.rotating) await beginRotation(context, await prepareMasterKey(config, newKeyFile));
      const file = await installMasterKey(config, master, newKeyFile);
      await setTimeout(Math.max(0, master.activates_at - admin.now()));
      const renewed = await renewStored(context);
      const refresh_tokens_left = await countOldRefreshTokens(context);
      const { activates_at } = master;
      print(
        output,
        present({ activates_at: time(activates_at), new_key_file: file, renewed, refresh_tokens_left }),
        [
          `the new master key is in use since ${time(activates_at)}${file === undefined ? '' : `, and in ${file}`}`,
          `renewed: ${Object.entries(renewed)
            .map(([what, count]) => `${count} ${what.replaceAll('_', ' ')}`)
            .join(', ')}`,
          `refresh tokens of the old key: ${refresh_tokens_left} (each is replaced when it is used)`,
          'next: give every server the new key, then run tessera master-key retire',
        ].join('\n'),
      );
    },
  );
}

function addRetire(command: Command): void {
  administer(
    withCommon(command.command('retire'))
      .description('end the old master key: nothing that it made or sealed is good from then on')
      .addHelpText('after', examples('tessera master-key retire')),
    async ({ admin, instance }, { output }: CommonOptions) => {
      const { config, master } = instance;
      const context = { ...admin, master };
      if (master.rotating && !(await isConfigured(config, master)))
        throw new UsageError('this configuration has the old master key still: give it the new one first');
      // What was stored since the rotation by a server that was late.
      await renewStored(context);
      const refresh_tokens_ended = await countOldRefreshTokens(context);
      await retireMasterKey(context);
      const old_key_files = oldKeyFiles(config);
      const next =
        old_key_files.length === 0
          ? 'next: keep the old key as long as the backups from before, and apart from them'
          : `next: move ${old_key_files.join(' and ')} away from this machine; only backups from before need what is in there`;
      print(
        output,
        { refresh_tokens_ended, old_key_files },
        `the old master key is good for nothing now; ${refresh_tokens_ended} refresh tokens ended with it\n${next}`,
      );
    },
  );
}
