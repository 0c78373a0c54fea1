using Rempart.Server.Bootstrap;
using Rempart.Server.Run;
using Rempart.Server.Stores;

const string Help = """
    rempart-server: the API server and the controllers of a Rempart cluster.

      rempart-server init --data DIR --advertise URL   make keys, certificates, kubeconfigs and the first node's token
      rempart-server rotate-token-key --data DIR       sign service accounts' tokens with a new key from the next start on
      rempart-server run  --data DIR [--port N] [--listen ADDRESS]... [--network FILE]
                             [--store sqlite|etcd --etcd-servers URL,URL… --etcd-cafile PEM --etcd-certfile PEM --etcd-keyfile PEM --etcd-instance NAME]
                             [--controllers on|off] [--audit-chain NAME]
                             [--traces URL [--traces-ratio N]]
                             [--log-level debug|info|warning|error] [--log-format json|text]
                                                       serve, until SIGTERM
      rempart-server store backup|check|restore|migrate|reopen
                                                       copy the store, or move it between its file and etcd

    Each verb tells its options when they are wrong.
    """;

switch (args)
{
    case ["init", ..]:
        return InitCommand.Run(args[1..], Console.Out, Console.Error, TimeProvider.System);
    case ["run", ..]:
        return await RunCommand.RunAsync(args[1..], Console.Error, TimeProvider.System);
    case ["rotate-token-key", ..]:
        return RotateTokenKeyCommand.Run(args[1..], Console.Out, Console.Error);
    case ["store", ..]:
        return await StoreCommand.RunAsync(args[1..], Console.Out, Console.Error, TimeProvider.System);
    case ["--help" or "-h" or "help"]:
        Console.WriteLine(Help);
        return 0;
    default:
        Console.Error.WriteLine(Help);
        return 64;
}
