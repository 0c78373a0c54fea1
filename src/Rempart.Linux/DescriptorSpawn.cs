using System.Runtime.InteropServices;
using System.Text;

namespace Rempart.Linux;

/// <summary>
/// Starts a program that inherits exactly the descriptors named, from number 3 up (posix_spawn(3)); the framework's own
/// process class can't number them. Standard input, output and error are /dev/null; signals are as a shell would leave them.
/// </summary>
public static class DescriptorSpawn
{
    private const int First = 3;
    private const int Above = 200; // sources are moved out of the way of every target
    private const short SetSignals = 0x04 | 0x08 | 0x80; // SETSIGDEF, SETSIGMASK, SETSID
    private const int OpaqueSize = 512; // glibc: 80 and 336 bytes

    /// <param name="path">of the program, absolute.</param>
    /// <param name="arguments">without the program's own name.</param>
    /// <param name="environment">all of it; nothing is inherited.</param>
    /// <param name="descriptors">become 3, 4, … in the child; the caller still owns its own.</param>
    /// <param name="output">becomes standard output and error instead of /dev/null.</param>
    /// <param name="standardOutput">becomes standard output instead of <paramref name="output"/>, which must be given too.</param>
    public static SpawnedProcess Start(string path, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment, IReadOnlyList<SafeHandle> descriptors, SafeHandle? output = null, SafeHandle? standardOutput = null)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(descriptors.Count, 64, nameof(descriptors));
        var sources = new List<int>();
        try
        {
            foreach (var descriptor in output is null ? descriptors : standardOutput is null ? [.. descriptors, output] : [.. descriptors, output, standardOutput])
            {
                var copy = Native.Fcntl(descriptor, Native.F_DUPFD_CLOEXEC, Above);
                if (copy < 0) throw LinuxException.Last("copy a descriptor");
                sources.Add(copy);
            }
            return new SpawnedProcess(Spawn(path, arguments, environment, sources, descriptors.Count));
        }
        finally
        {
            foreach (var source in sources) _ = Native.Close(source);
        }
    }

    private static unsafe int Spawn(string path, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment, List<int> sources, int inherited)
    {
        var actions = stackalloc byte[OpaqueSize];
        var attributes = stackalloc byte[OpaqueSize];
        var signals = stackalloc byte[128];
        using var argv = new NativeStrings([path, .. arguments]);
        using var envp = new NativeStrings([.. environment.Select(pair => $"{pair.Key}={pair.Value}")]);
        Check(Native.SpawnActionsInit(actions), path);
        Check(Native.SpawnAttributesInit(attributes), path);
        try
        {
            for (var standard = 0; standard < First; standard++) Check(Native.SpawnActionsOpen(actions, standard, "/dev/null", Native.O_RDWR, 0), path);
            // What is beyond the inherited ones is the output.
            for (var standard = 1; standard < First && sources.Count > inherited; standard++) Check(Native.SpawnActionsDup2(actions, sources[inherited], standard), path);
            if (sources.Count > inherited + 1) Check(Native.SpawnActionsDup2(actions, sources[inherited + 1], 1), path);
            for (var index = 0; index < inherited; index++) Check(Native.SpawnActionsDup2(actions, sources[index], First + index), path);
            _ = Native.SignalSetFill(signals);
            Check(Native.SpawnAttributesDefaultSignals(attributes, signals), path);
            _ = Native.SignalSetEmpty(signals);
            Check(Native.SpawnAttributesMask(attributes, signals), path);
            Check(Native.SpawnAttributesFlags(attributes, SetSignals), path);
            Check(Native.PosixSpawn(out var pid, path, actions, attributes, argv.Pointer, envp.Pointer), path);
            return pid;
        }
        finally
        {
            _ = Native.SpawnActionsDestroy(actions);
            _ = Native.SpawnAttributesDestroy(attributes);
        }
    }

    private static void Check(int error, string path)
    {
        if (error != 0) throw new LinuxException($"start `{path}`", error);
    }

    /// <summary>A null-terminated array of C strings.</summary>
    private sealed unsafe class NativeStrings : IDisposable
    {
        private readonly int count;

        internal NativeStrings(IReadOnlyList<string> strings)
        {
            count = strings.Count;
            Pointer = (byte**)NativeMemory.AllocZeroed((nuint)(count + 1), (nuint)sizeof(byte*));
            for (var index = 0; index < count; index++)
            {
                if (strings[index].Contains('\0', StringComparison.Ordinal)) throw new ArgumentException("an argument holds a zero character", nameof(strings));
                var bytes = Encoding.UTF8.GetBytes(strings[index]);
                Pointer[index] = (byte*)NativeMemory.AllocZeroed((nuint)bytes.Length + 1);
                bytes.CopyTo(new Span<byte>(Pointer[index], bytes.Length));
            }
        }

        internal byte** Pointer { get; }

        public void Dispose()
        {
            for (var index = 0; index < count; index++) NativeMemory.Free(Pointer[index]);
            NativeMemory.Free(Pointer);
        }
    }
}
