namespace Rempart.Linux;

/// <summary>The kernel's id of this boot: what ran before it differs is gone.</summary>
public static class BootId
{
    public static string Read() => File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();
}
