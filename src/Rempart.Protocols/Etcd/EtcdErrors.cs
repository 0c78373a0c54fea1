using Rempart.Protocols.Grpc;

namespace Rempart.Protocols.Etcd;

/// <summary>
/// What etcd's errors mean. Its codes are coarse (OutOfRange is past and future, ResourceExhausted is load and a full disk), so the
/// texts of its api/v3rpc/rpctypes, which its own client compares too, decide.
/// </summary>
internal static class EtcdErrors
{
    /// <summary>Said by a member without a leader before it begins with the request, as all our calls ask for.</summary>
    private const string NoLeader = "etcdserver: no leader";
    private const string TooManyRequests = "etcdserver: too many requests";

    /// <summary>Whether another member, or the same one a moment later, may do better.</summary>
    public static bool IsTransient(GrpcException failure) => Classify(failure) == EtcdFailure.Unavailable;

    /// <summary>Whether nothing of the request was done, so that a write may be sent again.</summary>
    public static bool IsUndone(GrpcException failure) =>
        failure.IsUnsent || failure.Message is NoLeader or TooManyRequests || Classify(failure) is not (EtcdFailure.Unavailable or EtcdFailure.Other or EtcdFailure.NoSpace);

    public static EtcdException Translate(GrpcException failure, bool isWrite)
    {
        var kind = Classify(failure);
        var text = kind switch
        {
            EtcdFailure.NoSpace => $"etcd's database has its largest allowed size ({failure.Message}): compact and defragment it, or raise `--quota-backend-bytes`, then disarm the alarm",
            EtcdFailure.TooLarge => $"etcd refuses a request of this size ({failure.Message}): start its members with `--max-request-bytes=9961472`",
            EtcdFailure.Refused => $"etcd refuses us ({failure.Message}): its user of this client certificate's common name needs read and write on our prefix",
            _ => failure.Message,
        };
        return new EtcdException(kind, text, failure) { IsOutcomeUnknown = isWrite && !IsUndone(failure) };
    }

    private static EtcdFailure Classify(GrpcException failure) => failure switch
    {
        { IsTooLarge: true } => EtcdFailure.AnswerTooLarge,
        { Message: TooManyRequests } => EtcdFailure.Unavailable,
        { Status: GrpcStatus.OutOfRange } => failure.Message.Contains("compacted", StringComparison.Ordinal) ? EtcdFailure.Compacted : EtcdFailure.Future,
        { Status: GrpcStatus.ResourceExhausted } => failure.Message.Contains("database space exceeded", StringComparison.Ordinal) ? EtcdFailure.NoSpace : EtcdFailure.TooLarge,
        { Status: GrpcStatus.InvalidArgument } => failure.Message.Contains("too large", StringComparison.Ordinal) ? EtcdFailure.TooLarge : EtcdFailure.Other,
        { Status: GrpcStatus.PermissionDenied or GrpcStatus.Unauthenticated } => EtcdFailure.Refused,
        { Status: GrpcStatus.Unimplemented or GrpcStatus.NotFound or GrpcStatus.DataLoss } => EtcdFailure.Other,
        _ => EtcdFailure.Unavailable,
    };
}
