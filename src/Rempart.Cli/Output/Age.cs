namespace Rempart.Cli.Output;

/// <summary>Time since a moment, as kubectl writes it.</summary>
internal static class Age
{
    /// <summary>Such as <c>45s</c>, <c>3m</c>, <c>5h</c>, <c>2d</c>.</summary>
    /// <param name="moment">When.</param>
    /// <param name="time">Clock.</param>
    public static string Text(DateTimeOffset moment, TimeProvider time)
    {
        var age = time.GetUtcNow() - moment;
        return age.TotalSeconds switch
        {
            < 0 => "0s",
            < 120 => $"{(int)age.TotalSeconds}s",
            < 7200 => $"{(int)age.TotalMinutes}m",
            < 172800 => $"{(int)age.TotalHours}h",
            _ => $"{(int)age.TotalDays}d",
        };
    }
}
