namespace Rempart.Server.Stores;

/// <summary>What <c>rempart-server store VERB</c> is told.</summary>
internal sealed record StoreCommandSettings
{
    public const string Help = """
        usage: rempart-server store backup  FILE --data DIR STORE          save every object while servers run
               rempart-server store check   FILE                           is a backup whole?
               rempart-server store restore FILE --data DIR STORE          fill an empty store from a backup
               rempart-server store migrate --to sqlite|etcd --data DIR --etcd-…   move everything, verified, servers stopped
               rempart-server store reopen  --data DIR --store etcd --etcd-…       give up a move out of etcd
        STORE is as for run:
        """ + " " + StoreSettings.Usage;

    public required string Verb { get; init; }

    public string? File { get; init; }

    public string? Data { get; init; }

    /// <summary>The store that is meant; of a move its side in etcd.</summary>
    public StoreSettings Store { get; init; } = new();

    /// <summary>Whether a move goes to etcd.</summary>
    public bool ToEtcd { get; init; }

    /// <exception cref="FormatException">It is wrong; the message says how.</exception>
    public static StoreCommandSettings Parse(IReadOnlyList<string> arguments)
    {
        string? file = null, data = null, to = null;
        var store = new StoreArguments();
        if (arguments.Count == 0 || arguments[0] is not ("backup" or "check" or "restore" or "migrate" or "reopen")) throw new FormatException("name one of `backup`, `check`, `restore`, `migrate`, `reopen`");
        var verb = arguments[0];
        for (var i = 1; i < arguments.Count; i++)
        {
            var name = arguments[i];
            if (!name.StartsWith("--", StringComparison.Ordinal))
            {
                file = file is null ? Path.GetFullPath(name) : throw new FormatException($"`{name}` is one file too many");
                continue;
            }

            var value = ++i < arguments.Count ? arguments[i] : throw new FormatException($"`{name}` is unknown or lacks its value");
            switch (name)
            {
                case "--data": data = Path.GetFullPath(value); break;
                case "--to" when value is "sqlite" or "etcd": to = value; break;
                case "--to": throw new FormatException($"`--to` must be `sqlite` or `etcd`, not `{value}`");
                default:
                    if (!store.TryTake(name, value)) throw new FormatException($"`{name}` is unknown");
                    break;
            }
        }

        if ((file is not null) != (verb is "backup" or "check" or "restore")) throw new FormatException(file is null ? $"`{verb}` needs a file" : $"`{verb}` takes no file");
        if ((to is not null) != (verb == "migrate")) throw new FormatException(to is null ? "`migrate` needs `--to sqlite` or `--to etcd`" : $"`--to` says nothing to `{verb}`");
        if (data is null && verb != "check") throw new FormatException("`--data` is needed");
        // A move has etcd on one side and the data folder on the other.
        if (verb == "migrate" || verb == "reopen") store.TryTake("--store", "etcd");
        return new StoreCommandSettings { Verb = verb, File = file, Data = data, Store = store.Build(), ToEtcd = to == "etcd" };
    }
}
